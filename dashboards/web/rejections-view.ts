// What was refused, why, and a second chance for it.
import { html } from 'lit-html';
import { get, post } from './api.ts';
import type { Show, View } from './page.ts';
import { t, timeOf } from './texts.ts';
import type { Page, Rejection } from './wire.ts';

export function rejectionsView(show: Show): View {
  const refresh = async () => {
    const page = await get<Page<Rejection>>('/rejections?limit=100');
    if (page.items.length === 0) return show(html`<p class="empty">${t.noData}</p>`);
    show(html`<table class="rejections">
      <thead><tr><th>${t.when}</th><th>${t.device}</th><th>${t.reason}</th><th>${t.detail}</th><th></th></tr></thead>
      <tbody>${page.items.map(
        (item) => html`<tr data-rejection-id=${item.rejectionId}>
        <td>${timeOf(item.receivedAt)}</td>
        <td><code>${item.deviceId?.slice(-12) ?? ''}</code></td>
        <td><code>${item.code}</code></td>
        <td>${item.detail}</td>
        <td>${item.replayedAt ? t.replayed : html`<button class="quiet" data-action="replay" @click=${() => post(`/rejections/${item.rejectionId}/replay`).then(refresh)}>${t.replay}</button>`}</td>
      </tr>`,
      )}</tbody>
    </table>`);
  };
  return { refresh };
}
