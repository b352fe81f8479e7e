// One patient: what is open, glucose now and over the last day, fourteen days in figures, home blood pressure, what was before.
import { html } from 'lit-html';
import { stateText, whatOf } from './alert-text.ts';
import { get, getAll } from './api.ts';
import { followUpText } from './follow-up-text.ts';
import { glucoseSection } from './glucose-section.ts';
import { myUserId } from './me.ts';
import type { Stage, View } from './page.ts';
import { patientFacts } from './patient-facts.ts';
import { rememberName } from './patient-names.ts';
import { pressureSection } from './pressure-section.ts';
import { calendarDateOf, language, t, timeOf, words } from './texts.ts';
import { timeInRangeSection } from './time-in-range-section.ts';
import { verdictsSection } from './verdicts-section.ts';
import type { Alert, BloodPressure, FollowUp, GlucoseMetrics, Page, Patient, Reading, Verdicts } from './wire.ts';

const DAY_MS = 24 * 3_600_000;
const FORMER_SHOWN = 10;

export function patientView(patientId: string, { show, reload }: Stage): View {
  const glucose = glucoseSection();
  let verdicts: Verdicts | undefined;
  let askedAt: number | undefined;
  const ask = (at: number | undefined) => {
    askedAt = at;
    void reload();
  };

  const refresh = async () => {
    const to = Date.now();
    const path = `/patients/${patientId}`;
    const readings = (kind: string, days: number) =>
      getAll<Reading>(`${path}/readings?kind=${kind}&from=${to - days * DAY_MS}`);
    const [me, patient, open, former, cgm, smbg, bp, metrics, bloodPressure] = await Promise.all([
      myUserId(),
      get<Patient>(path),
      getAll<Alert>(`/alerts?patientId=${patientId}&state=open,acknowledged,snoozed`),
      get<Page<Alert>>(`/alerts?patientId=${patientId}&state=resolved,expired,retrospective&limit=${FORMER_SHOWN}`),
      readings('cgm', 1),
      readings('smbg', 1),
      readings('bp', 7),
      get<GlucoseMetrics>(`${path}/glucose-metrics?days=14`),
      get<BloodPressure>(`${path}/blood-pressure?days=7`),
    ]);
    const { timeZone, name } = patient;
    rememberName(patient);
    const line = (alert: Alert) => alertLine(alert, timeZone, me);
    const draw = () => {
      show(
        html`<article class="patient" data-patient-id=${patientId}>
      <h1>${name}</h1>
      <p class="facts">${patientFacts(patient)}${patient.birthDate ? ` · ${t.born} ${patient.birthDate}` : ''}${zoneNote(timeZone)}</p>
      ${patient.nextFollowUp ? followUpLine(patient.nextFollowUp, timeZone) : ''}
      ${open.length === 0 ? '' : html`<ul class="open-alerts">${open.map(line)}</ul>`}
      ${glucose.draw({ cgm, smbg, timeZone, from: to - DAY_MS, to })}
      ${timeInRangeSection(metrics)}
      ${pressureSection(bloodPressure, bp, timeZone)}
      ${verdicts ? verdictsSection({ verdicts, timeZone, askedAt, ask }) : ''}
      ${former.items.length === 0 ? '' : html`<section class="former"><h2>${t.formerAlerts}</h2><ul class="open-alerts">${former.items.map(line)}</ul></section>`}
    </article>`,
        t.patient,
      );
      // Once it is on screen: it is as wide as its place.
      glucose.fit();
    };
    draw();
    // Weeks are looked at for it: nobody waits for that to see the rest.
    verdicts = await get<Verdicts>(`${path}/verdicts${askedAt === undefined ? '' : `?at=${askedAt}`}`);
    draw();
  };
  return { refresh, concerns: (change) => change.patientId === patientId };
}

function followUpLine(followUp: FollowUp, timeZone: string) {
  const text = followUpText(followUp, language, calendarDateOf(Date.now(), timeZone));
  return html`<p class="follow-up"><strong>${t.nextFollowUp}</strong> ${text}</p>`;
}

function alertLine(alert: Alert, timeZone: string, me: string) {
  return html`<li class=${alert.severity}><a href="#/alerts/${alert.alertId}"><strong class="severity">${words(alert.severity)}</strong> ${whatOf(alert)}</a>
    <span>${t.openedAt} ${timeOf(alert.openedAt, timeZone)} · ${stateText(alert, me)}</span></li>`;
}

/** Times of a patient are those of their place, which is worth a word where it isn't the reader's. */
function zoneNote(timeZone: string): string {
  return timeZone === Intl.DateTimeFormat().resolvedOptions().timeZone ? '' : ` · ${t.timesIn} ${timeZone}`;
}
