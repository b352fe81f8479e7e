// What whoever comes on duty has to know: who is on call, what is open, whom to look at, what has happened.
import { html, type TemplateResult } from 'lit-html';
import { whatOf } from './alert-text.ts';
import { durationText, targetText, tm } from './team-texts.ts';
import type { HandedAlert, Handover, OnDuty } from './team-wire.ts';
import { knownWords, t, timeOf, words } from './texts.ts';

const SHOWN = 20;
const COUNTS = [
  'opened',
  'urgent',
  'acknowledged',
  'resolved',
  'closedThemselves',
  'expired',
  'retrospective',
] as const;

export interface HandoverSurroundings {
  readonly names: ReadonlyMap<string, string>;
  readonly me: string;
}

export function onCallSection({ onCall, timeZone }: Handover): TemplateResult {
  const { basis, until, next } = onCall;
  return html`<section class="on-call" data-basis=${basis}>
    <h2>${tm.onCall}</h2>
    <dl class="figures">
      <div><dt>${tm.onCallNow}${until === undefined ? '' : ` ${tm.until(timeOf(until, timeZone))}`}</dt><dd class="people">${peopleOf(onCall)}</dd></div>
      ${next ? html`<div><dt>${tm.next}</dt><dd class="people">${peopleOf(next)}</dd></div>` : ''}
    </dl>
    ${basis === 'every_member' ? html`<p class="note">${tm.everyMember}</p>` : ''}
  </section>`;
}

function peopleOf({ members, gap }: OnDuty): string {
  if (members.length === 0) return gap === undefined ? tm.nobody : tm.withRole(tm.nobody, words(gap));
  const people = members.map(({ name = '?', role }) => (role ? tm.withRole(name, words(`role_${role}`)) : name));
  return people.join(t.comma);
}

export function handoverSection(handover: Handover, surroundings: HandoverSurroundings): TemplateResult {
  const { alerts, totals, snoozesEnding, watch, since, timeZone } = handover;
  const line = (alert: HandedAlert) => alertLine(alert, timeZone, surroundings);
  const left = totals.alerts - Math.min(SHOWN, alerts.length);
  return html`<section class="handover">
    <h2>${tm.handover}</h2>
    ${
      totals.alerts === 0
        ? html`<p class="note">${tm.nothingOpen}</p>`
        : html`<p class="facts">${tm.summary(totals.alerts, totals.urgent, totals.unowned)}</p>
      <ul class="open-alerts handed">${alerts.slice(0, SHOWN).map(line)}</ul>`
    }
    ${left > 0 ? html`<p class="more"><a href="#/alerts">${tm.othersInInbox(left)}</a></p>` : ''}
    ${snoozesEnding.length === 0 ? '' : html`<h3>${tm.snoozesEnding}</h3><ul class="open-alerts snoozes">${snoozesEnding.slice(0, SHOWN).map(line)}</ul>`}
    ${
      watch.length === 0
        ? ''
        : html`<h3>${tm.watch}</h3><ul class="watch">${watch.map(
            ({
              patientId,
              reasons,
              risks,
            }) => html`<li data-patient-id=${patientId}><a href="#/patients/${patientId}">${surroundings.names.get(patientId) ?? ''}</a>
        <span>${[...reasons.filter((reason) => reason !== 'at_risk').map((reason) => words(`watch_${reason}`)), ...risks.map(words)].join(t.comma)}</span></li>`,
          )}</ul>`
    }
    <h3>${tm.sinceShift(timeOf(since.from, timeZone))}</h3>
    <dl class="figures">${COUNTS.map((count) => html`<div><dt>${tm[count]}</dt><dd>${since[count]}</dd></div>`)}</dl>
  </section>`;
}

function alertLine(alert: HandedAlert, timeZone: string, { names, me }: HandoverSurroundings) {
  const { alertId, patientId, severity, openForMin } = alert;
  const age = openForMin === 0 ? tm.justNow : tm.openFor(durationText(openForMin * 60));
  const facts = [age, ownerOf(alert, timeZone, me), nextOf(alert, timeZone)];
  return html`<li class=${severity} data-alert-id=${alertId}>
    <a href="#/alerts/${alertId}"><strong class="severity">${words(severity)}</strong> ${whatOf(alert)}</a>
    <a href="#/patients/${patientId}">${names.get(patientId) ?? ''}</a>
    <span>${facts.filter(Boolean).join(' · ')}</span>
  </li>`;
}

function ownerOf({ state, signal, owner, snoozedUntil }: HandedAlert, timeZone: string, me: string): string {
  if (state === 'snoozed' && snoozedUntil) return t.putOffUntil(timeOf(snoozedUntil, timeZone));
  if (state !== 'acknowledged') return signal === 'cleared' ? t.clearedToReview : words(state);
  const whose = owner?.userId === me ? t.handledByYou : owner?.name ? tm.ownedBy(owner.name) : t.handledByColleague;
  return signal === 'cleared' ? `${whose} · ${words('cleared')}` : whose;
}

/** What its own words have said already is not said twice. */
function nextOf({ next, state }: HandedAlert, timeZone: string): string {
  if (!next || (state === 'snoozed' && ['snoozed', 'snooze_ends'].includes(next.reason))) return '';
  const whom = next.targets?.map(targetText).join(t.comma);
  const step = next.reason === 'escalation_step' || whom === undefined ? '' : `+ ${words('timer_escalation_step')}`;
  const what = knownWords(`timer_${next.reason}`) ?? words(next.reason);
  return tm.thenAt(timeOf(next.at, timeZone), [what, step, whom].filter(Boolean).join(' '));
}
