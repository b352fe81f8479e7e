// The worked cases of kind `alert.*` that concern the rules of the catalogue (clinical.md §7).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  evaluateAt,
  MINUTE_MS,
  START_AT,
  seriesFrom,
  transitionsOf,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { windowRuleById } from './rule-catalogue.ts';

interface AlertCase {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly input: {
    readonly rule: string;
    readonly start?: string;
    readonly cadence_min?: number;
    readonly values?: readonly Sample['value'][];
    readonly readings_min?: readonly (readonly [number, number])[];
    readonly received?: string;
    readonly readings?: readonly { device_time: string; received: string; value: number; unit?: 'mmol/L' }[];
  };
  readonly expected: {
    readonly transitions?: readonly (readonly [number, string])[];
    readonly pages?: number;
    readonly same_day_warnings?: number;
    readonly retrospective_events?: number;
  };
}

const { cases }: { cases: AlertCase[] } = JSON.parse(
  readFileSync(new URL('../../tests/clinical-cases.json', import.meta.url), 'utf8'),
);
const known = cases.filter(({ kind, input }) => kind.startsWith('alert.') && windowRuleById(input.rule) !== undefined);
const named = (kind: string) =>
  known.filter((one) => one.kind === kind).map((one) => [one.id, one.title, one] as const);
const minutesOf = (time: string) => (Date.parse(time) - START_AT) / MINUTE_MS;

test('the worked cases are there', () => {
  expect(known.map(({ id }) => id)).toEqual(['A01', 'A02', 'A03', 'A04', 'A05', 'A06', 'A07', 'A08']);
});

test.each(named('alert.sequence'))('%s: %s', (_id, _title, { input, expected }) => {
  const offset = minutesOf(input.start!);
  const pairs = input.readings_min ?? input.values!.map((value, slot) => [slot * input.cadence_min!, value] as const);
  const samples = pairs.map(([min, value]) => ({ min: min + offset, value }));
  const transitions = transitionsOf(windowRuleById(input.rule)!, samples, { cadenceMin: input.cadence_min! });
  expect(transitions.map(([min, change]) => [min - offset, change])).toEqual(expected.transitions);
});

test.each(named('alert.lateness'))('%s: %s', (_id, _title, { input, expected }) => {
  const samples: Sample[] =
    input.readings?.map(({ device_time, received, value }) => ({
      min: minutesOf(device_time),
      receivedMin: minutesOf(received),
      value,
    })) ??
    input.values!.map((value, slot) => ({
      min: minutesOf(input.start!) + slot * input.cadence_min!,
      receivedMin: minutesOf(input.received!),
      value,
    }));
  const rule = windowRuleById(input.rule)!;
  const kind = rule.kinds[0] === 'smbg' ? 'smbg' : 'cgm';
  const series = seriesFrom(samples, { unit: input.readings?.[0]?.unit ?? 'mg/dL' });
  const receivedAtMin = Math.max(...samples.map(({ min, receivedMin }) => receivedMin ?? min));
  const { verdict, severity, episodes } = evaluateAt(rule, windowWith({ [kind]: [series] }), receivedAtMin);
  const fates = (fate: string) => episodes.filter((episode) => episode.fate === fate);

  expect(fates('live')).toHaveLength(expected.pages!);
  expect(fates('late')).toHaveLength(expected.same_day_warnings ?? 0);
  expect(fates('retrospective')).toHaveLength(expected.retrospective_events ?? 0);
  for (const late of fates('late')) expect(late.severity).toBe('warning');
  expect(verdict).toBe(episodes.some(({ fate }) => fate !== 'retrospective') ? 'firing' : 'clear');
  if (expected.same_day_warnings) expect(severity).toBe('warning');
});
