// What was refused, why, and a second chance for it.
import { html } from 'lit-html';
import { post } from './api.ts';
import { attempt } from './notice.ts';
import type { Stage, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { t, timeOf, words } from './texts.ts';
import type { Rejection } from './wire.ts';

export function rejectionsView({ show, reload }: Stage): View {
  const list = createPagedList<Rejection>();
  const replay = (rejectionId: string) => (event: Event) =>
    attempt(event, () => post(`/rejections/${rejectionId}/replay`), reload);
  const refresh = async () => {
    const rejections = await list.load('/rejections');
    show(
      html`<h1>${t.rejections}</h1>
      ${
        rejections.length === 0
          ? html`<p class="empty">${t.noRejections}</p>`
          : html`<table class="rejections stacks">
      <thead><tr><th>${t.when}</th><th>${t.device}</th><th>${t.reason}</th><th>${t.detail}</th><th><span class="unseen">${t.replay}</span></th></tr></thead>
      <tbody>${rejections.map(
        (item) => html`<tr data-rejection-id=${item.rejectionId}>
        <td class="when">${timeOf(item.receivedAt)}</td>
        <td data-label=${t.device}><code title=${item.deviceId ?? ''}>${item.deviceId ? `…${item.deviceId.slice(-12)}` : ''}</code></td>
        <td>${words(item.code)}<br /><small>${item.code}</small></td>
        <td class="detail">${item.detail}</td>
        <td class="do">${item.replayedAt ? t.replayed : html`<button class="quiet" data-action="replay" @click=${replay(item.rejectionId)}>${t.replay}</button>`}</td>
      </tr>`,
      )}</tbody>
    </table>${list.more(reload)}`
      }`,
      t.rejections,
    );
  };
  return { refresh, concerns: () => false };
}
