// What the rules say of a patient, now or at an instant that is asked about, in words: what fires or waits first, all others behind a click, each with its reason.
import { html, type TemplateResult } from 'lit-html';
import { zoneOffsetMs } from '../../domain/zone-offset.ts';
import { followUpText } from './follow-up-text.ts';
import { reasonText, ruleName } from './reason-text.ts';
import { language, t, timeOf, words } from './texts.ts';
import { ownLines } from './threshold-text.ts';
import type { Verdict, Verdicts } from './wire.ts';

export interface VerdictsShown {
  readonly verdicts: Verdicts;
  readonly timeZone: string;
  /** Undefined: now. */
  readonly askedAt: number | undefined;
  /** Asks for an instant (epoch ms), or for now. */
  readonly ask: (at: number | undefined) => void;
}

export function verdictsSection({ verdicts, timeZone, askedAt, ask }: VerdictsShown): TemplateResult {
  const isLoud = ({ verdict }: Verdict) => verdict === 'firing' || verdict === 'pending';
  const { items, receivedLater } = verdicts;
  const [loud, quiet] = [items.filter(isLoud), items.filter((verdict) => !isLoud(verdict))];
  const isPast = askedAt !== undefined;
  const choose = (event: Event) => ask(instantOf((event.target as HTMLInputElement).value, timeZone));
  return html`<section class="verdicts"><h2>${t.verdicts}${isPast ? ` · ${timeOf(verdicts.at, timeZone)}` : ''}</h2>
    <p><label>${t.askAbout} <input type="datetime-local" @change=${choose} /></label></p>
    ${isPast && receivedLater > 0 ? html`<p class="note">${t.cameLater(receivedLater)}</p>` : ''}
    ${
      loud.length === 0
        ? html`<p class="empty">${isPast ? t.nothingFired : t.nothingFires}</p>`
        : html`<ul class="open-alerts">${loud.map((verdict) => loudLine(verdict, timeZone))}</ul>`
    }
    <details><summary>${t.otherRules(quiet.length)}</summary><ul class="quiet">${quiet.map(quietLine)}</ul></details></section>`;
}

/** Of wall-clock time (YYYY-MM-DDTHH:MM) where the patient is; undefined where there is none, or it lies ahead. */
function instantOf(local: string, timeZone: string): number | undefined {
  const wall = Date.parse(`${local}Z`);
  if (Number.isNaN(wall)) return undefined;
  const near = wall - zoneOffsetMs(wall, timeZone);
  const at = wall - zoneOffsetMs(near, timeZone);
  return at < Date.now() ? at : undefined;
}

function loudLine(verdict: Verdict, timeZone: string) {
  const { ruleId, severity, reason, stage = 0, thresholds, episode, followUp } = verdict;
  const why = reasonText({ ruleId, explanation: { reason, stage, thresholds, ...(followUp && { followUp }) } });
  const more = [
    why.includes(words(reason)) ? '' : words(reason),
    episode && `${t.openedAt} ${timeOf(episode.startAt, timeZone)}`,
    spokenFor(verdict),
    ownLines(thresholds),
    asReceivedText(verdict),
  ];
  return html`<li class=${severity ?? 'info'}><span><strong class="severity">${words(severity ?? 'info')}</strong> ${why}</span>
    <span>${words(verdict.verdict)} · ${more.filter(Boolean).join(' · ')}</span></li>`;
}

function quietLine(said: Verdict) {
  const { ruleId, verdict, reason, thresholds, followUp } = said;
  const state = verdict === 'unknown' ? t.notKnown : words(verdict);
  return html`<li><strong>${ruleName(ruleId)}</strong> <span>${[state, words(reason), followUp && followUpText(followUp, language), spokenFor(said), ownLines(thresholds), asReceivedText(said)].filter(Boolean).join(' · ')}</span></li>`;
}

const spokenFor = ({ inhibitedBy }: Verdict): string =>
  inhibitedBy === undefined ? '' : t.spokenForBy(inhibitedBy === 'fingerstick' ? words('smbg') : ruleName(inhibitedBy));

/** What could be known then, where it was something else. */
function asReceivedText({ asReceived, verdict }: Verdict): string {
  if (asReceived === undefined || asReceived.verdict === verdict) return '';
  return t.knownThen(
    `${asReceived.verdict === 'unknown' ? t.notKnown : words(asReceived.verdict)} · ${words(asReceived.reason)}`,
  );
}
