// One alert: the readings it rests on and everything that was done about it.
import { html } from 'lit-html';
import { acknowledge, resolveDialog } from './alert-actions.ts';
import { get } from './api.ts';
import type { Show, View } from './page.ts';
import { nameOf } from './patient-names.ts';
import { readingText } from './reading-text.ts';
import { t, timeOf, words } from './texts.ts';
import type { AlertDetail } from './wire.ts';

export function alertView(alertId: string, show: Show): View {
  const refresh = async () => {
    const alert = await get<AlertDetail>(`/alerts/${alertId}`);
    const name = await nameOf(alert.patientId);
    const closed = ['resolved', 'expired', 'retrospective'].includes(alert.state);
    show(html`<article class="alert-detail ${alert.severity}">
      <h1>${words(alert.severity)} · ${words(`${alert.condition}_${alert.direction}`)}</h1>
      <p><a href="#/patients/${alert.patientId}">${name}</a> · ${t.openedAt} ${timeOf(alert.openedAt)} · ${words(alert.state)}${alert.signal === 'cleared' ? html` · ${t.cleared}` : ''}</p>
      ${
        closed
          ? ''
          : html`<p class="actions">
        ${alert.state === 'open' ? html`<button data-action="acknowledge" @click=${() => acknowledge(alertId).then(refresh)}>${t.acknowledge}</button>` : ''}
        <button class="quiet" data-action="resolve" @click=${() => resolveDialog(alertId).then(refresh)}>${t.resolve}</button>
      </p>`
      }
      <h2>${t.evidence}</h2>
      <ul class="evidence">${alert.evidence.map((reading) => html`<li>${timeOf(reading.at)} · ${readingText(reading)}</li>`)}</ul>
      <h2>${t.timeline}</h2>
      <ol class="timeline">${alert.timeline.map((entry) => html`<li><time>${timeOf(entry.at)}</time> ${entry.event} <small>${entry.reason}${entry.channel ? ` · ${entry.channel}` : ''}</small></li>`)}</ol>
    </article>`);
  };
  return { refresh };
}
