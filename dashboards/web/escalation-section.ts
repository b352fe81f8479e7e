// Whom an alert went to, step by step, whom not and why, and what comes next.
import { html, type TemplateResult } from 'lit-html';
import { policyText, targetText, tm } from './team-texts.ts';
import type { Escalation, EscalationStep } from './team-wire.ts';
import { t, timeOf, words } from './texts.ts';

export interface EscalationSurroundings {
  readonly timeZone: string;
  /** Of the team's people. */
  readonly members: ReadonlyMap<string, string>;
}

export function escalationSection(
  { policy, steps, next, nextAt }: Escalation,
  surroundings: EscalationSurroundings,
): TemplateResult {
  return html`<section class="escalation" data-policy=${policy}>
    <h2>${tm.escalation} <small>${policyText(policy)}</small></h2>
    <ol class="steps">${steps.map((step, index) => stepLine(step, { isNext: index === next, nextAt, ...surroundings }))}</ol>
  </section>`;
}

interface Place extends EscalationSurroundings {
  readonly isNext: boolean;
  /** Of the next step; absent: it goes no further. */
  readonly nextAt: string | undefined;
}

function stepLine(step: EscalationStep, place: Place) {
  const { delayMin, targets, taken, skips } = step;
  const { members, isNext, nextAt } = place;
  const whom = targets.map((target) => members.get(target.memberId ?? '') ?? targetText(target)).join(t.comma);
  const targetOf = (kind: string) => targets.find((target) => target.kind === kind) ?? { kind };
  return html`<li class=${taken ? 'taken' : isNext && nextAt !== undefined ? 'next' : 'idle'}>
    <span class="delay">${delayMin === 0 ? tm.atOnce : tm.afterMin(delayMin)}</span>
    <span><strong>${whom}</strong> <small>${taken ? fateOf(step, place) : comingOf(place)}</small>
      ${skips.map(({ target, reason }) => html`<small class="skip">${tm.skipped(targetText(targetOf(target)), words(reason))}</small>`)}</span>
  </li>`;
}

function comingOf({ isNext, nextAt, timeZone }: Place): string {
  if (nextAt === undefined) return tm.stepNotNeeded;
  return isNext ? tm.stepNext(timeOf(nextAt, timeZone)) : '';
}

function fateOf({ toldAt, delivered, failed, pending, skips }: EscalationStep, { timeZone }: Place): string {
  if (toldAt === undefined) return skips.length > 0 ? '' : tm.nobodyFurther;
  const counts = [
    delivered > 0 && tm.delivered(delivered),
    failed > 0 && tm.failed(failed),
    pending > 0 && tm.onTheWay(pending),
  ];
  return [timeOf(toldAt, timeZone), ...counts.filter(Boolean)].join(' · ');
}
