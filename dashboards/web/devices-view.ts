// Devices: what they are, whose, and whether they are heard of.
import { html } from 'lit-html';
import type { Show, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { namesOf } from './patient-names.ts';
import { t, timeOf, words } from './texts.ts';
import type { Device } from './wire.ts';

export function devicesView(show: Show): View {
  const list = createPagedList<Device>();
  const refresh = async () => {
    const devices = await list.load('/devices');
    if (devices.length === 0) return show(html`<p class="empty">${t.noData}</p>`);
    const names = await namesOf(devices.flatMap((device) => device.patientId ?? []));
    show(html`<table class="devices">
      <thead><tr><th>${t.device}</th><th>${t.kind}</th><th>${t.name}</th><th>${t.state}</th><th>${t.lastReceived}</th></tr></thead>
      <tbody>${devices.map(
        (device) => html`<tr data-device-id=${device.deviceId}>
        <td><code title=${device.deviceId}>…${device.deviceId.slice(-12)}</code></td>
        <td>${words(device.kind)}${device.model ? ` · ${device.model}` : ''}</td>
        <td>${device.patientId ? html`<a href="#/patients/${device.patientId}">${names.get(device.patientId)}</a>` : ''}</td>
        <td class=${device.online ? 'online' : 'offline'}>${device.online ? t.online : t.offline}</td>
        <td class="when">${device.lastReceivedAt ? timeOf(device.lastReceivedAt) : ''}</td>
      </tr>`,
      )}</tbody>
    </table>${list.more(refresh)}`);
  };
  return { refresh, concerns: () => false };
}
