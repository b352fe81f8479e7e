// One patient: what is open, glucose of the last day over its bands, fourteen days in figures, home blood pressure.
import { html } from 'lit-html';
import { get } from './api.ts';
import { glucoseChart } from './glucose-chart.ts';
import type { Show, View } from './page.ts';
import { measuredAt, readingText } from './reading-text.ts';
import { t, timeOf, words } from './texts.ts';
import { timeInRangeBar } from './time-in-range-bar.ts';
import type { Alert, BloodPressure, GlucoseMetrics, Page, Patient, PressureMean, Reading } from './wire.ts';

const DAY_MS = 24 * 3_600_000;
const PRESSURES_SHOWN = 20;

export function patientView(patientId: string, show: Show): View {
  const chart = document.createElement('div');
  chart.className = 'glucose-chart';

  const refresh = async () => {
    const since = (days: number) => `from=${Date.now() - days * DAY_MS}&limit=1000`;
    const path = `/patients/${patientId}`;
    const [patient, alerts, cgm, smbg, bp, metrics, bloodPressure] = await Promise.all([
      get<Patient>(path),
      get<Page<Alert>>(`/alerts?patientId=${patientId}&state=open,acknowledged,snoozed`),
      get<Page<Reading>>(`${path}/readings?kind=cgm&${since(1)}`),
      get<Page<Reading>>(`${path}/readings?kind=smbg&${since(1)}`),
      get<Page<Reading>>(`${path}/readings?kind=bp&${since(7)}`),
      get<GlucoseMetrics>(`${path}/glucose-metrics?days=14`),
      get<BloodPressure>(`${path}/blood-pressure?days=7`),
    ]);
    const isEmpty = cgm.items.length + smbg.items.length === 0;
    show(html`<article class="patient" data-patient-id=${patientId}>
      <h1>${patient.name}</h1>
      <p class="facts">${[patient.birthDate, ...patient.conditions.map(words)].filter(Boolean).join(' · ')}</p>
      ${alerts.items.length === 0 ? '' : html`<ul class="open-alerts">${alerts.items.map(alertLine)}</ul>`}
      <section><h2>${t.glucose}</h2>${isEmpty ? html`<p class="empty">${t.noData}</p>` : chart}</section>
      <section><h2>${t.timeInRange} · ${t.days14}</h2>${metrics.timeInRange ? timeInRangeBar(metrics.timeInRange) : html`<p class="empty">${t.noData}</p>`}${metrics.count > 0 ? figures(metrics) : ''}</section>
      <section><h2>${t.bloodPressure}</h2>${pressures(bloodPressure, bp.items, patient.timeZone)}</section>
    </article>`);
    // Once it is on screen: it is as wide as its place.
    if (!isEmpty && chart.isConnected) glucoseChart(chart, cgm.items, smbg.items, patient.timeZone);
  };
  return { refresh, concerns: (change) => change.patientId === patientId };
}

function alertLine(alert: Alert) {
  return html`<li class=${alert.severity}><a href="#/alerts/${alert.alertId}">${words(alert.severity)} · ${words(`${alert.condition}_${alert.direction}`)}</a>
    <span>${t.openedAt} ${timeOf(alert.openedAt)} · ${alert.signal === 'cleared' ? t.cleared : words(alert.state)}</span></li>`;
}

function figures(metrics: GlucoseMetrics) {
  const shown: [string, number | undefined, string, number][] = [
    [t.mean, metrics.meanMmolPerL, 'mmol/L', 1],
    [t.gmi, metrics.gmiPercent, '%', 1],
    [t.cv, metrics.cvPercent, '%', 1],
    [t.gri, metrics.gri, '', 0],
    [t.active, metrics.activePercent, '%', 0],
  ];
  return html`<dl class="figures">${shown
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value, unit, digits]) => html`<div><dt>${name}</dt><dd>${value?.toFixed(digits)} ${unit}</dd></div>`,
    )}</dl>
    ${metrics.sufficient ? '' : html`<p class="note">${t.insufficient}</p>`}`;
}

function pressures({ mean, morning, evening }: BloodPressure, readings: readonly Reading[], timeZone: string) {
  if (readings.length === 0) return html`<p class="empty">${t.noData}</p>`;
  const means: [string, PressureMean | undefined][] = [
    [t.bloodPressureMean, mean],
    [t.morning, morning],
    [t.evening, evening],
  ];
  return html`${
    mean === undefined
      ? html`<p class="note">${t.insufficientPressures}</p>`
      : html`<dl class="figures">${means.map(([name, value]) => (value ? html`<div><dt>${name}</dt><dd>${value.systolicMmHg}/${value.diastolicMmHg} mmHg</dd></div>` : ''))}</dl>`
  }
    <ul class="bp">${readings
      .toReversed()
      .slice(0, PRESSURES_SHOWN)
      .map(
        (reading) => html`<li><time>${timeOf(measuredAt(reading), timeZone)}</time> ${readingText(reading)}</li>`,
      )}</ul>`;
}
