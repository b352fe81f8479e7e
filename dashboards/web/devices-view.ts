// Devices: what they are, whose, and whether they are heard of.
import { html } from 'lit-html';
import { get } from './api.ts';
import type { Show, View } from './page.ts';
import { namesOf } from './patient-names.ts';
import { t, timeOf, words } from './texts.ts';
import type { Device, Page } from './wire.ts';

export function devicesView(show: Show): View {
  const refresh = async () => {
    const page = await get<Page<Device>>('/devices?limit=200');
    const names = await namesOf(page.items.flatMap((device) => device.patientId ?? []));
    show(html`<table class="devices">
      <thead><tr><th>${t.device}</th><th>${t.kind}</th><th>${t.name}</th><th>${t.state}</th><th>${t.when}</th></tr></thead>
      <tbody>${page.items.map(
        (device) => html`<tr data-device-id=${device.deviceId}>
        <td><code>${device.deviceId.slice(-12)}</code></td>
        <td>${words(device.kind)}${device.model ? ` · ${device.model}` : ''}</td>
        <td>${device.patientId ? html`<a href="#/patients/${device.patientId}">${names.get(device.patientId)}</a>` : ''}</td>
        <td class=${device.online ? 'online' : 'offline'}>${device.online ? t.online : t.offline}</td>
        <td>${device.lastReceivedAt ? timeOf(device.lastReceivedAt) : ''}</td>
      </tr>`,
      )}</tbody>
    </table>`);
  };
  return { refresh };
}
