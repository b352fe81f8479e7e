// The alert inbox: what is open now, worst first, with the two things one does about it.
import { html } from 'lit-html';
import { alertActions } from './alert-actions.ts';
import type { Show, View } from './page.ts';
import { createPagedList } from './paged-list.ts';
import { namesOf } from './patient-names.ts';
import { t, timeOf, words } from './texts.ts';
import type { Alert } from './wire.ts';

const ORDER = ['emergency', 'critical', 'warning', 'info'];

export function inboxView(show: Show): View {
  const list = createPagedList<Alert>();
  const refresh = async () => {
    const alerts = [...(await list.load('/alerts?state=open,acknowledged,snoozed'))].sort(
      (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.openedAt.localeCompare(a.openedAt),
    );
    const names = await namesOf(alerts.map((alert) => alert.patientId));
    show(
      alerts.length === 0
        ? html`<p class="empty">${t.noAlerts}</p>`
        : html`<ul class="alerts">${alerts.map((alert) => alertRow(alert, names.get(alert.patientId) ?? '', refresh))}</ul>
            ${list.more(refresh)}`,
    );
  };
  return { refresh, concerns: ({ name }) => name === 'alert' };
}

function alertRow(alert: Alert, name: string, refresh: () => Promise<void>) {
  return html`<li class="alert ${alert.severity} ${alert.signal}" data-alert-id=${alert.alertId}>
    <a class="what" href="#/alerts/${alert.alertId}">
      <strong>${words(alert.severity)}</strong>
      <span>${words(`${alert.condition}_${alert.direction}`)}</span>
    </a>
    <a class="who" href="#/patients/${alert.patientId}">${name}</a>
    <span class="since">${timeOf(alert.openedAt)}</span>
    <span class="state">${alert.signal === 'cleared' ? t.cleared : words(alert.state)}</span>
    <span class="rules">${alert.reasons.map((reason) => reason.ruleId).join(' ')}</span>
    ${alertActions(alert, refresh)}
  </li>`;
}
