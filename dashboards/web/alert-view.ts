// One alert: whose, why, the readings it rests on, and everything that was done about it.
import { html } from 'lit-html';
import { alertActions } from './alert-actions.ts';
import { CLOSED, stateText, whatOf } from './alert-text.ts';
import { get } from './api.ts';
import { emergencyContact } from './emergency-contact.ts';
import { escalationSection } from './escalation-section.ts';
import { myUserId } from './me.ts';
import { memberNames } from './member-names.ts';
import type { Stage, View } from './page.ts';
import { patientFacts } from './patient-facts.ts';
import { measuredAt, readingText } from './reading-text.ts';
import { reasonText } from './reason-text.ts';
import { tm } from './team-texts.ts';
import { t, timeOf, words } from './texts.ts';
import type { Alert, AlertDetail, Patient } from './wire.ts';

export function alertView(alertId: string, { show, reload }: Stage): View {
  const refresh = async () => {
    const [alert, me] = await Promise.all([get<AlertDetail>(`/alerts/${alertId}`), myUserId()]);
    const [patient, members] = await Promise.all([
      alert.patientId === undefined ? undefined : get<Patient>(`/patients/${alert.patientId}`),
      memberNames(alert.teamId),
    ]);
    const { timeZone, name } = patient ?? { timeZone: hereZone(), name: t.forNobody };
    const what = whatOf(alert);
    const about = `${name} · ${what}`;
    show(
      html`<article class="alert-detail ${alert.severity}">
      <h1><span class="severity">${words(alert.severity)}</span> · ${what}</h1>
      ${patient ? html`<p class="patient-line"><a href="#/patients/${patient.patientId}">${name}</a> <span>${patientFacts(patient)}</span></p>` : html`<p class="patient-line note">${name}</p>`}
      <p class="facts">${t.openedAt} ${timeOf(alert.openedAt, timeZone)} · <span class="state">${stateText(alert, me)}</span></p>
      ${CLOSED.includes(alert.state) ? '' : alertActions(alert, { about, reload })}
      ${alert.contact ? emergencyContact(alert.contact) : ''}
      ${owedNote(alert, me, timeZone)}
      <h2>${t.why}</h2>
      <ul class="reasons">${alert.reasons.map(
        (reason) =>
          html`<li>${reasonText(reason)} <small>${t.openedAt} ${timeOf(reason.episodeStartAt, timeZone)}${reason.firing ? '' : ` · ${words('cleared')}`}</small></li>`,
      )}</ul>
      <h2>${t.evidence}</h2>
      ${alert.evidence.length === 0 ? html`<p class="note">${t.noEvidence}</p>` : ''}
      <ul class="evidence">${alert.evidence.map((reading) => html`<li><time>${timeOf(measuredAt(reading), timeZone)}</time> <span>${readingText(reading)}</span></li>`)}</ul>
      ${alert.escalation ? escalationSection(alert.escalation, { timeZone, members }) : ''}
      <h2>${t.timeline}</h2>
      <ol class="timeline">${alert.timeline.map((entry) => timelineEntry(entry, { me, members, timeZone }))}</ol>
    </article>`,
      what,
    );
  };
  return { refresh, concerns: (change) => change.alertId === alertId };
}

const hereZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whoever has taken an alert over owes what it led to. */
function owedNote({ outcomeDueAt, lapsesAt, acknowledgedBy }: Alert, me: string, timeZone: string) {
  if (outcomeDueAt === undefined) return '';
  const due = acknowledgedBy === me ? tm.outcomeDue : tm.outcomeDueOthers;
  const text = lapsesAt === undefined ? due(timeOf(outcomeDueAt, timeZone)) : tm.lapses(timeOf(lapsesAt, timeZone));
  return html`<p class="owed note">${text}</p>`;
}

interface Onlookers {
  readonly me: string;
  readonly members: ReadonlyMap<string, string>;
  readonly timeZone: string;
}

function timelineEntry(entry: AlertDetail['timeline'][number], { me, members, timeZone }: Onlookers) {
  const { at, event, reason, userId, memberId, channel, note } = entry;
  const by = userId === undefined ? undefined : userId === me ? t.you : t.colleague;
  const to = memberId === undefined ? undefined : members.get(memberId);
  const why = words(reason);
  const rest = [by, why === words(event) ? undefined : why, channel && words(channel), to, note];
  return html`<li><time>${timeOf(at, timeZone)}</time>
    <span>${words(event)} <small>${rest.filter(Boolean).join(' · ')}</small></span></li>`;
}
