// What a team's alerts were like over some weeks, in figures.
import { html, type TemplateResult } from 'lit-html';
import { ruleName } from './reason-text.ts';
import { durationText, tm } from './team-texts.ts';
import type { AlertStats, Delay } from './team-wire.ts';
import { t, words } from './texts.ts';

const PERIODS = [7, 28, 90, 365] as const;

export interface FiguresSurroundings {
  readonly days: number;
  readonly choose: (days: number) => void;
  readonly me: string;
}

export function figuresSection(stats: AlertStats, { days, choose, me }: FiguresSurroundings): TemplateResult {
  const change = (event: Event) => choose(Number((event.target as HTMLSelectElement).value));
  return html`<section class="figures-of-team">
    <h2>${tm.figures} <select aria-label=${tm.period} @change=${change}>${PERIODS.map((period) => html`<option value=${period} ?selected=${period === days}>${tm.lastDays(period)}</option>`)}</select></h2>
    ${stats.alerts === 0 ? html`<p class="note">${tm.noFigures}</p>` : tables(stats, me)}
    ${stats.tests + stats.retrospective === 0 ? '' : html`<p class="note">${tm.apart(stats.tests, stats.retrospective)}</p>`}
  </section>`;
}

function tables(stats: AlertStats, me: string) {
  const { bySeverity, byRule, byMember, membersShown } = stats;
  return html`<dl class="figures">${headline(stats).map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>
    <table class="stacks"><thead><tr><th>${tm.bySeverity}</th><th class="number">${tm.alerts}</th><th class="number">${tm.toAcknowledge}</th><th class="number">${tm.toResolve}</th></tr></thead>
      <tbody>${bySeverity
        .filter(({ alerts }) => alerts > 0)
        .map(
          ({ severity, alerts, timeToAcknowledge, timeToResolve }) => html`<tr class=${severity}>
        <td class="severity">${words(severity)}</td>${cell(tm.alerts, String(alerts))}${cell(tm.toAcknowledge, delayText(timeToAcknowledge))}${cell(tm.toResolve, delayText(timeToResolve))}</tr>`,
        )}</tbody></table>
    <table class="stacks"><thead><tr><th>${tm.byRule}</th><th class="number">${tm.alerts}</th><th class="number">${tm.toAcknowledge}</th><th class="number">${tm.useful}</th></tr></thead>
      <tbody>${byRule.map(
        ({ ruleId, alerts, timeToAcknowledge, usefulPercent, judged }) => html`<tr data-rule-id=${ruleId}>
        <td>${ruleName(ruleId)} <small>${ruleId}</small></td>${cell(tm.alerts, String(alerts))}${cell(tm.toAcknowledge, delayText(timeToAcknowledge))}${cell(tm.useful, shareText(usefulPercent, judged))}</tr>`,
      )}</tbody></table>
    ${
      byMember.length === 0
        ? ''
        : html`<table class="stacks members"><thead><tr><th>${tm.byMember}</th><th class="number">${tm.taken}</th><th class="number">${tm.resolved}</th><th class="number">${tm.toAcknowledge}</th></tr></thead>
      <tbody>${byMember.map(
        ({ userId, name, taken, resolved, timeToAcknowledge }) => html`<tr data-user-id=${userId}>
        <td>${name ?? (userId === me ? t.you : tm.somebodyElse)}</td>${cell(tm.taken, String(taken))}${cell(tm.resolved, String(resolved))}${cell(tm.toAcknowledge, delayText(timeToAcknowledge))}</tr>`,
      )}</tbody></table>
      ${membersShown === 'caller' ? html`<p class="note">${tm.onlyYou}</p>` : ''}`
    }`;
}

function headline(stats: AlertStats): readonly (readonly [string, string])[] {
  const { alerts, perPatientWeek, shifts, timeToAcknowledge, timeToResolve, judged, usefulPercent } = stats;
  const figures: readonly (readonly [string, string | undefined])[] = [
    [tm.alerts, String(alerts)],
    [tm.perPatientWeek, numberText(perPatientWeek)],
    [tm.perShift, numberText(shifts?.perShift)],
    [tm.toAcknowledge, delayText(timeToAcknowledge)],
    [tm.toResolve, delayText(timeToResolve)],
    [tm.useful, shareText(usefulPercent, judged)],
    [tm.messagesPerAlert, numberText(stats.messagesPerAlert)],
    [tm.escalated, percentText(stats.escalatedPercent)],
    [tm.neverTaken, String(stats.neverTaken)],
    [tm.stillOpen, String(stats.open)],
  ];
  return figures.flatMap(([title, value]) => (value ? [[title, value] as const] : []));
}

const cell = (title: string, value: string) => html`<td class="number" data-label=${title}>${value}</td>`;

/** Of few the ninetieth percentile says nothing. */
const FEWEST_FOR_P90 = 10;

function delayText({ count, medianSeconds, p90Seconds }: Delay): string {
  if (medianSeconds === undefined) return '';
  const median = durationText(medianSeconds);
  return p90Seconds === undefined || count < FEWEST_FOR_P90
    ? median
    : `${median} (${tm.p90}: ${durationText(p90Seconds)})`;
}

const numberText = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(Number(value.toFixed(value < 1 ? 2 : 1)));
const percentText = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${Math.round(value)} %`;
const shareText = (percent: number | undefined, of: number): string =>
  percent === undefined ? '' : `${Math.round(percent)} % (${of})`;
