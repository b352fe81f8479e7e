// What a team's alerts were like over some weeks, in figures.
import { html, nothing, type TemplateResult } from 'lit-html';
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
  const { bySeverity, byRule, byMember, membersShown, shifts } = stats;
  const isShown = (title: string) => title !== tm.perShift || shifts !== undefined;
  const head = (first: string, titles: readonly string[]) =>
    html`<thead><tr><th>${first}</th>${titles.filter(isShown).map((title) => html`<th class="number">${title}</th>`)}</tr></thead>`;
  const cells = (figures: readonly Figure[]) =>
    figures
      .filter(([title]) => isShown(title))
      .map(([title, value]) => html`<td class="number" data-label=${title}>${value ?? ''}</td>`);
  return html`<dl class="figures">${headline(stats).map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>
    <table class="stacks">${head(tm.bySeverity, [tm.alerts, ...TIMES])}
      <tbody>${bySeverity
        .filter(({ alerts }) => alerts > 0)
        .map(
          (row) => html`<tr class=${row.severity}>
        <td class="severity">${words(row.severity)}</td>${cells([[tm.alerts, String(row.alerts)], ...timesOf(row)])}</tr>`,
        )}</tbody></table>
    <table class="stacks">${head(tm.byRule, [tm.alerts, tm.perPatientWeek, tm.perShift, ...TIMES, tm.useful])}
      <tbody>${byRule.map(
        (row) => html`<tr data-rule-id=${row.ruleId}>
        <td>${ruleName(row.ruleId)} <small>${row.ruleId}</small></td>${cells([[tm.alerts, String(row.alerts)], [tm.perPatientWeek, numberText(row.perPatientWeek)], [tm.perShift, numberText(row.perShift)], ...timesOf(row), [tm.useful, shareText(row.usefulPercent, row.judged)]])}</tr>`,
      )}</tbody></table>
    ${
      byMember.length === 0
        ? ''
        : html`<table class="stacks members">${head(tm.byMember, [tm.taken, tm.resolved, tm.perShift, ...TIMES, tm.useful])}
      <tbody>${byMember.map(
        (row) => html`<tr data-user-id=${row.userId ?? nothing}>
        <td>${row.name ?? (row.userId === me ? t.you : tm.somebodyElse)}</td>${cells([[tm.taken, String(row.taken)], [tm.resolved, String(row.resolved)], [tm.perShift, numberText(row.perShift)], ...timesOf(row), [tm.useful, shareText(row.usefulPercent, row.judged)]])}</tr>`,
      )}</tbody></table>
      ${membersShown === 'caller' ? html`<p class="note">${tm.onlyYou}</p>` : ''}`
    }`;
}

function headline(stats: AlertStats): readonly (readonly [string, string])[] {
  const { alerts, perPatientWeek, shifts, timeToAcknowledge, timeToResolve, judged, usefulPercent } = stats;
  const figures: readonly Figure[] = [
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

type Figure = readonly [title: string, value: string | undefined];

const TIMES = [tm.toAcknowledge, tm.toResolve];
const timesOf = ({ timeToAcknowledge, timeToResolve }: Record<'timeToAcknowledge' | 'timeToResolve', Delay>) =>
  [
    [tm.toAcknowledge, delayText(timeToAcknowledge)],
    [tm.toResolve, delayText(timeToResolve)],
  ] as const;

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
