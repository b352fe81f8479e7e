// Devices: what they are, whose, and whether they are heard of.
import { html } from 'lit-html';
import type { Stage, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { namesOf } from './patient-names.ts';
import { t, timeOf, words } from './texts.ts';
import type { Device } from './wire.ts';

export function devicesView({ show, reload }: Stage): View {
  const list = createPagedList<Device>();
  const refresh = async () => {
    const devices = await list.load('/devices');
    const names = await namesOf(devices.flatMap((device) => device.patientId ?? []));
    show(
      html`<h1>${t.devices}</h1>
      ${
        devices.length === 0
          ? html`<p class="empty">${t.noDevices}</p>`
          : html`<table class="devices stacks">
      <thead><tr><th>${t.patient}</th><th>${t.kind}</th><th>${t.state}</th><th>${t.lastReceived}</th><th>${t.device}</th></tr></thead>
      <tbody>${devices.map(
        ({
          deviceId,
          kind,
          model,
          patientId,
          online,
          lastReceivedAt,
          batteryPercent,
        }) => html`<tr data-device-id=${deviceId}>
        <td class="who">${patientId ? html`<a href="#/patients/${patientId}">${names.get(patientId)}</a>` : html`<span class="note">${t.nobody}</span>`}</td>
        <td>${words(kind)}${model ? ` · ${model}` : ''}</td>
        <td class=${online ? 'online' : 'offline'}>${online ? t.online : t.offline}${batteryPercent === undefined ? '' : ` · ${t.battery} ${Math.round(batteryPercent)} %`}</td>
        <td class="when" data-label=${t.lastReceived}>${lastReceivedAt ? timeOf(lastReceivedAt) : t.never}</td>
        <td data-label=${t.device}><code title=${deviceId}>…${deviceId.slice(-12)}</code></td>
      </tr>`,
      )}</tbody>
    </table>${list.more(reload)}`
      }`,
      t.devices,
    );
  };
  return { refresh, concerns: () => false };
}
