// The alert inbox: all that is open, worst first and of that first what nobody has taken and what goes on, with the two things one does about it.
// Promises: no alert hides behind a page of newer ones; a row that has just moved takes no click that was meant for another.
import { html } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { alertActions } from './alert-actions.ts';
import { stateText, whatOf } from './alert-text.ts';
import { getAll } from './api.ts';
import { myUserId } from './me.ts';
import type { Stage, View } from './page.ts';
import { namesOf } from './patient-names.ts';
import { reasonsText } from './reason-text.ts';
import { tm } from './team-texts.ts';
import { t, timeOf, words } from './texts.ts';
import type { Alert } from './wire.ts';

const ORDER = ['emergency', 'critical', 'warning', 'info'];
const SHOWN_AT_FIRST = 100;
/** As long as it takes to see that the row under the pointer is another one now. */
const SETTLING_MS = 600;

const byUrgency = (a: Alert, b: Alert) =>
  ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
  Number(a.state !== 'open') - Number(b.state !== 'open') ||
  Number(a.signal === 'cleared') - Number(b.signal === 'cleared') ||
  b.openedAt.localeCompare(a.openedAt);

interface RowSurroundings {
  readonly name: string;
  readonly me: string;
  readonly reload: () => Promise<void>;
  readonly isMisclick: () => boolean;
}

export function inboxView({ show, reload }: Stage): View {
  let shown: readonly string[] = [];
  let limit = SHOWN_AT_FIRST;
  let movedAt = Number.NEGATIVE_INFINITY;
  const isMisclick = () => performance.now() - movedAt < SETTLING_MS;
  const more = () => {
    limit = Number.POSITIVE_INFINITY;
    return reload();
  };

  const refresh = async () => {
    const [alerts, me] = await Promise.all([getAll<Alert>('/alerts?state=open,acknowledged,snoozed'), myUserId()]);
    const rows = alerts.sort(byUrgency).slice(0, limit);
    const names = await namesOf(rows.flatMap(({ patientId }) => patientId ?? []));
    const waiting = alerts.filter(({ state }) => state === 'open').length;
    const ids = rows.map(({ alertId }) => alertId);
    // Rows that only joined at the end are under nobody's pointer.
    if (shown.some((id, index) => ids[index] !== id)) movedAt = performance.now();
    shown = ids;
    const row = (alert: Alert) => alertRow(alert, { name: nameOf(alert, names), me, reload, isMisclick });
    show(
      html`<h1>${t.inbox} <small>${alerts.length > 0 ? t.waiting(waiting, alerts.length) : ''}</small></h1>
      ${
        alerts.length === 0
          ? html`<p class="empty">${t.noAlerts}</p>`
          : html`<ul class="alerts">${repeat(rows, ({ alertId }) => alertId, row)}</ul>`
      }
      ${alerts.length > rows.length ? html`<p class="more"><button class="quiet" data-action="more" @click=${more}>${t.showAll(alerts.length)}</button></p>` : ''}`,
      waiting > 0 ? `(${waiting}) ${t.inbox}` : t.inbox,
    );
  };
  return { refresh, concerns: ({ name }) => name === 'alert' };
}

const nameOf = ({ patientId }: Alert, names: ReadonlyMap<string, string>): string =>
  patientId === undefined ? t.forNobody : (names.get(patientId) ?? '');

function alertRow(alert: Alert, { name, me, reload, isMisclick }: RowSurroundings) {
  const { alertId, severity, signal, patientId, openedAt, reasons } = alert;
  const what = whatOf(alert);
  return html`<li class="alert ${severity} ${signal}" data-alert-id=${alertId}>
    <a class="what" href="#/alerts/${alertId}"><strong class="severity">${words(severity)}</strong> ${what}</a>
    ${patientId === undefined ? html`<span class="who note">${name}</span>` : html`<a class="who" href="#/patients/${patientId}">${name}</a>`}
    <span class="since">${timeOf(openedAt)}</span>
    <span class="state">${stateText(alert, me)}${owedBy(alert, me)}</span>
    <span class="why">${reasonsText(reasons).join(' · ')}</span>
    ${alertActions(alert, { about: `${name} · ${what}`, reload, isMisclick })}
  </li>`;
}

/** Whoever has just taken it over reads by when to say what it led to. */
function owedBy({ outcomeDueAt, acknowledgedBy }: Alert, me: string) {
  return outcomeDueAt === undefined || acknowledgedBy !== me
    ? ''
    : html` <small class="owed-by">${tm.outcomeBy(timeOf(outcomeDueAt))}</small>`;
}
