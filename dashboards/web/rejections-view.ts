// What was refused, why, and a second chance for it.
import { html } from 'lit-html';
import { post } from './api.ts';
import { attempt } from './notice.ts';
import type { Show, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { t, timeOf, words } from './texts.ts';
import type { Rejection } from './wire.ts';

export function rejectionsView(show: Show): View {
  const list = createPagedList<Rejection>();
  const refresh = async () => {
    const rejections = await list.load('/rejections');
    if (rejections.length === 0) return show(html`<p class="empty">${t.noData}</p>`);
    const replay = (rejectionId: string) => () => attempt(() => post(`/rejections/${rejectionId}/replay`), refresh);
    show(html`<table class="rejections">
      <thead><tr><th>${t.when}</th><th>${t.device}</th><th>${t.reason}</th><th>${t.detail}</th><th></th></tr></thead>
      <tbody>${rejections.map(
        (item) => html`<tr data-rejection-id=${item.rejectionId}>
        <td class="when">${timeOf(item.receivedAt)}</td>
        <td><code title=${item.deviceId ?? ''}>${item.deviceId ? `…${item.deviceId.slice(-12)}` : ''}</code></td>
        <td>${words(item.code)}<br /><small>${item.code}</small></td>
        <td class="detail">${item.detail}</td>
        <td class="do">${item.replayedAt ? t.replayed : html`<button class="quiet" data-action="replay" @click=${replay(item.rejectionId)}>${t.replay}</button>`}</td>
      </tr>`,
      )}</tbody>
    </table>${list.more(refresh)}`);
  };
  return { refresh, concerns: () => false };
}
