// What the rules say of a patient now, in words: what fires or waits first, all others behind a click, each with its reason.
import { html, type TemplateResult } from 'lit-html';
import { reasonText, ruleName } from './reason-text.ts';
import { t, timeOf, words } from './texts.ts';
import { ownLines } from './threshold-text.ts';
import type { Verdict } from './wire.ts';

export function verdictsSection(verdicts: readonly Verdict[], timeZone: string): TemplateResult {
  const isLoud = ({ verdict }: Verdict) => verdict === 'firing' || verdict === 'pending';
  const [loud, quiet] = [verdicts.filter(isLoud), verdicts.filter((verdict) => !isLoud(verdict))];
  return html`<section class="verdicts"><h2>${t.verdicts}</h2>
    ${
      loud.length === 0
        ? html`<p class="empty">${t.nothingFires}</p>`
        : html`<ul class="open-alerts">${loud.map((verdict) => loudLine(verdict, timeZone))}</ul>`
    }
    <details><summary>${t.otherRules(quiet.length)}</summary><ul class="quiet">${quiet.map(quietLine)}</ul></details></section>`;
}

function loudLine(verdict: Verdict, timeZone: string) {
  const { ruleId, severity, reason, stage = 0, thresholds, episode } = verdict;
  const why = reasonText({ ruleId, explanation: { reason, stage, thresholds } });
  const more = [
    why.includes(words(reason)) ? '' : words(reason),
    episode && `${t.openedAt} ${timeOf(episode.startAt, timeZone)}`,
    spokenFor(verdict),
    ownLines(thresholds),
  ];
  return html`<li class=${severity ?? 'info'}><span><strong class="severity">${words(severity ?? 'info')}</strong> ${why}</span>
    <span>${words(verdict.verdict)} · ${more.filter(Boolean).join(' · ')}</span></li>`;
}

function quietLine(said: Verdict) {
  const { ruleId, verdict, reason, thresholds } = said;
  const state = verdict === 'unknown' ? t.notKnown : words(verdict);
  return html`<li><strong>${ruleName(ruleId)}</strong> <span>${[state, words(reason), spokenFor(said), ownLines(thresholds)].filter(Boolean).join(' · ')}</span></li>`;
}

const spokenFor = ({ inhibitedBy }: Verdict): string =>
  inhibitedBy === undefined ? '' : t.spokenForBy(inhibitedBy === 'fingerstick' ? words('smbg') : ruleName(inhibitedBy));
