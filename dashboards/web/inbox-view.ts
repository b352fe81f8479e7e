// The alert inbox: what is open now, worst first, with the two things one does about it.
import { html } from 'lit-html';
import { acknowledge, resolveDialog } from './alert-actions.ts';
import { get } from './api.ts';
import type { Show, View } from './page.ts';
import { namesOf } from './patient-names.ts';
import { t, timeOf, words } from './texts.ts';
import type { Alert, Page } from './wire.ts';

const order = ['emergency', 'critical', 'warning', 'info'];

export function inboxView(show: Show): View {
  const refresh = async () => {
    const page = await get<Page<Alert>>('/alerts?state=open,acknowledged,snoozed&limit=200');
    const alerts = [...page.items].sort(
      (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.openedAt.localeCompare(a.openedAt),
    );
    const names = await namesOf(alerts.map((alert) => alert.patientId));
    show(
      alerts.length === 0
        ? html`<p class="empty">${t.noAlerts}</p>`
        : html`<ul class="alerts">${alerts.map((alert) => alertRow(alert, names.get(alert.patientId) ?? '', refresh))}</ul>`,
    );
  };
  return { refresh };
}

function alertRow(alert: Alert, name: string, refresh: () => Promise<void>) {
  return html`<li class="alert ${alert.severity} ${alert.signal}" data-alert-id=${alert.alertId}>
    <a class="what" href="#/alerts/${alert.alertId}">
      <strong>${words(alert.severity)}</strong>
      <span>${words(`${alert.condition}_${alert.direction}`)}</span>
    </a>
    <a class="who" href="#/patients/${alert.patientId}">${name}</a>
    <span class="since">${t.openedAt} ${timeOf(alert.openedAt)}</span>
    <span class="state">${alert.signal === 'cleared' ? t.cleared : words(alert.state)}</span>
    <span class="rules">${alert.reasons.map((reason) => reason.ruleId).join(' ')}</span>
    <span class="actions">
      ${alert.state === 'open' ? html`<button data-action="acknowledge" @click=${() => acknowledge(alert.alertId).then(refresh)}>${t.acknowledge}</button>` : ''}
      <button class="quiet" data-action="resolve" @click=${() => resolveDialog(alert.alertId).then(refresh)}>${t.resolve}</button>
    </span>
  </li>`;
}
