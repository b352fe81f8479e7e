// One patient: glucose of the last day with its bands, fourteen days in figures, home blood pressure.
import { html } from 'lit-html';
import { get } from './api.ts';
import { glucoseChart } from './glucose-chart.ts';
import type { Show, View } from './page.ts';
import { readingText } from './reading-text.ts';
import { t, timeOf, words } from './texts.ts';
import { timeInRangeBar } from './time-in-range-bar.ts';
import type { BloodPressure, GlucoseMetrics, Page, Patient, Reading } from './wire.ts';

const DAY_MS = 24 * 3_600_000;

export function patientView(patientId: string, show: Show): View {
  const chart = document.createElement('div');
  chart.className = 'glucose-chart';

  const refresh = async () => {
    const to = Date.now() + 60_000;
    const window = (days: number) =>
      `from=${new Date(to - days * DAY_MS).toISOString()}&to=${new Date(to).toISOString()}`;
    const [patient, cgm, bp, metrics, bloodPressure] = await Promise.all([
      get<Patient>(`/patients/${patientId}`),
      get<Page<Reading>>(`/patients/${patientId}/readings?kind=cgm&${window(1)}&limit=1000`),
      get<Page<Reading>>(`/patients/${patientId}/readings?kind=bp&${window(7)}&limit=100`),
      get<GlucoseMetrics>(`/patients/${patientId}/glucose-metrics?days=14`),
      get<BloodPressure>(`/patients/${patientId}/blood-pressure?days=7`),
    ]);
    glucoseChart(chart, cgm.items);
    show(html`<article class="patient" data-patient-id=${patientId}>
      <h1>${patient.name}</h1>
      <p class="facts">${[patient.birthDate, ...patient.conditions.map(words)].filter(Boolean).join(' · ')}</p>
      <section><h2>${t.glucose}</h2>${cgm.items.length === 0 ? html`<p class="empty">${t.noData}</p>` : chart}</section>
      <section><h2>${t.timeInRange} · ${t.days14}</h2>${metrics.timeInRange ? timeInRangeBar(metrics.timeInRange) : html`<p class="empty">${t.noData}</p>`}${figures(metrics)}</section>
      <section><h2>${t.bloodPressure}</h2>${pressures(bloodPressure, bp.items)}</section>
    </article>`);
  };
  return { refresh };
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

function pressures(mean: BloodPressure, readings: readonly Reading[]) {
  if (readings.length === 0) return html`<p class="empty">${t.noData}</p>`;
  return html`${mean.systolicMmHg === undefined ? '' : html`<p class="bp-mean">${t.bloodPressureMean} <strong>${mean.systolicMmHg}/${mean.diastolicMmHg}</strong> mmHg · ${mean.count} ${t.readings}</p>`}
    <ul class="bp">${[...readings]
      .reverse()
      .slice(0, 20)
      .map((reading) => html`<li><time>${timeOf(reading.at)}</time> ${readingText(reading)}</li>`)}</ul>`;
}
