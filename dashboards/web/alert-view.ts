// One alert: the readings it rests on and everything that was done about it.
import { html } from 'lit-html';
import { alertActions } from './alert-actions.ts';
import { get } from './api.ts';
import type { Show, View } from './page.ts';
import { nameOf } from './patient-names.ts';
import { measuredAt, readingText } from './reading-text.ts';
import { t, timeOf, words } from './texts.ts';
import type { AlertDetail } from './wire.ts';

const CLOSED = ['resolved', 'expired', 'retrospective'];

export function alertView(alertId: string, show: Show): View {
  const refresh = async () => {
    const alert = await get<AlertDetail>(`/alerts/${alertId}`);
    const name = await nameOf(alert.patientId);
    show(html`<article class="alert-detail ${alert.severity}">
      <h1>${words(alert.severity)} · ${words(`${alert.condition}_${alert.direction}`)}</h1>
      <p class="facts"><a href="#/patients/${alert.patientId}">${name}</a> · ${t.openedAt} ${timeOf(alert.openedAt)} · ${stateText(alert)}</p>
      ${CLOSED.includes(alert.state) ? '' : alertActions(alert, refresh)}
      <h2>${t.evidence}</h2>
      <ul class="evidence">${alert.evidence.map((reading) => html`<li><time>${timeOf(measuredAt(reading))}</time> ${readingText(reading)}</li>`)}</ul>
      <h2>${t.timeline}</h2>
      <ol class="timeline">${alert.timeline.map(
        (entry) => html`<li><time>${timeOf(entry.at)}</time> ${words(entry.event)}
        <small>${[words(entry.reason), entry.channel, entry.note].filter(Boolean).join(' · ')}</small></li>`,
      )}</ol>
    </article>`);
  };
  return { refresh, concerns: (change) => change.alertId === alertId };
}

function stateText({ state, signal, outcome }: AlertDetail): string {
  const closing = outcome === undefined ? '' : ` · ${words(outcome)}`;
  if (signal === 'cleared' && !CLOSED.includes(state)) return `${words(state)} · ${t.cleared}`;
  return `${words(state)}${closing}`;
}
