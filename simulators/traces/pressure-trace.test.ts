import { expect, test } from 'vitest';
import { createPressureSource } from '../devices/pressure-source.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './local-day.ts';
import { createPressureTrace, type ExtraSession } from './pressure-trace.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

const offsetMs = 8 * HOUR_MS;
const MIDNIGHT = Date.UTC(2026, 10, 1, 16);
const FOUR_WEEKS = 28 * DAY_MS;

const traceOf = (seed: number, scenario: ScenarioName, extraSessions: readonly ExtraSession[] = []) =>
  createPressureTrace({ seed, offsetMs, traits: SCENARIOS[scenario].pressure, extraSessions });

test('blood pressure is measured twice, a minute apart, in the morning and in the evening', () => {
  const measured = traceOf(1, 'steady')(MIDNIGHT, MIDNIGHT + FOUR_WEEKS);
  expect(measured.length).toBeGreaterThan(4 * 28 * 0.8);
  for (let n = 0; n < measured.length; n += 2) {
    expect(measured[n + 1]!.at - measured[n]!.at).toBe(MINUTE_MS);
    const hour = ((measured[n]!.at - MIDNIGHT) % DAY_MS) / HOUR_MS;
    expect((hour > 5.5 && hour < 8) || (hour > 18.5 && hour < 21.5), `at ${hour}`).toBe(true);
  }
});

test('the same seed measures the same, in one query or in many', () => {
  const whole = traceOf(9, 'bp_crisis')(MIDNIGHT, MIDNIGHT + 7 * DAY_MS);
  const trace = traceOf(9, 'bp_crisis');
  const parts = Array.from({ length: 7 * 96 }, (_, n) => MIDNIGHT + n * 15 * MINUTE_MS);
  expect(parts.flatMap((from) => trace(from, from + 15 * MINUTE_MS))).toEqual(whole);
});

test('readings of a steady person are whole, plausible and below the crisis line', () => {
  for (const { systolicMmHg, diastolicMmHg, pulsePerMin } of traceOf(4, 'steady')(MIDNIGHT, MIDNIGHT + FOUR_WEEKS)) {
    expect([systolicMmHg, diastolicMmHg, pulsePerMin].every(Number.isInteger)).toBe(true);
    expect(systolicMmHg).toBeGreaterThan(95);
    expect(systolicMmHg).toBeLessThan(160);
    expect(systolicMmHg - diastolicMmHg).toBeGreaterThan(20);
  }
});

test('a crisis shows in both readings of its session', () => {
  const measured = traceOf(2, 'bp_crisis')(MIDNIGHT, MIDNIGHT + FOUR_WEEKS);
  const crises = measured.filter(({ systolicMmHg }) => systolicMmHg >= 180);
  expect(crises.length).toBeGreaterThan(2);
  for (const { at } of crises) {
    const session = measured.filter((other) => Math.abs(other.at - at) <= MINUTE_MS);
    expect(session.every(({ systolicMmHg, diastolicMmHg }) => systolicMmHg >= 180 && diastolicMmHg >= 110)).toBe(true);
  }
});

test('a crisis can be ordered for a given time', () => {
  const at = MIDNIGHT + 15 * HOUR_MS;
  const measured = traceOf(2, 'steady', [{ at, crisis: true }])(at, at + HOUR_MS);
  expect(measured.map((measurement) => measurement.at)).toEqual([at, at + MINUTE_MS]);
  expect(measured.every(({ systolicMmHg }) => systolicMmHg >= 180)).toBe(true);
});

test('the monitor sends local time with its offset', () => {
  const [first] = createPressureSource(traceOf(1, 'steady'), offsetMs)(MIDNIGHT, MIDNIGHT + DAY_MS);
  expect(first).toMatchObject({ kind: 'bp', unit: 'mmHg' });
  expect(first?.at).toMatch(/^2026-11-02T0\d:\d\d:\d\d\+08:00$/);
});
