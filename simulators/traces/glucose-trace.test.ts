import { describe, expect, test } from 'vitest';
import { createCgmSource, createGlucometerSource } from '../devices/glucose-sources.ts';
import { createGlucoseTrace } from './glucose-trace.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './local-day.ts';
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from './scenarios.ts';

const offsetMs = 8 * HOUR_MS;
/** Local midnight in Shanghai. */
const MIDNIGHT = Date.UTC(2026, 10, 1, 16);
const WEEKS = 4;

const traceOf = (seed: number, scenario: ScenarioName) =>
  createGlucoseTrace({ seed, offsetMs, traits: SCENARIOS[scenario].glucose });
const everyFiveMinutes = Array.from({ length: WEEKS * 7 * 288 }, (_, n) => MIDNIGHT + n * 5 * MINUTE_MS);
const people = [1, 2, 3, 4, 5];

describe('a simulated glucose trace', () => {
  test('is the same for the same seed, whatever was asked before, and another for another seed', () => {
    const forwards = everyFiveMinutes.slice(0, 600).map(traceOf(7, 'nocturnal_low'));
    const asked = traceOf(7, 'nocturnal_low');
    const backwards = everyFiveMinutes.slice(0, 600).reverse().map(asked).reverse();
    expect(backwards).toEqual(forwards);
    expect(everyFiveMinutes.slice(0, 600).map(traceOf(8, 'nocturnal_low'))).not.toEqual(forwards);
  });

  test.each(SCENARIO_NAMES)('changes no faster than a body can and stays within human limits: %s', (scenario) => {
    for (const seed of people) {
      const values = everyFiveMinutes.map(traceOf(seed, scenario));
      const steepest = values.slice(1).reduce((most, value, n) => Math.max(most, Math.abs(value - values[n]!)), 0);
      expect(steepest / 5, `person ${seed}, mg/dL per minute`).toBeLessThan(5);
      expect(Math.min(...values), `person ${seed}`).toBeGreaterThanOrEqual(30);
      expect(Math.max(...values), `person ${seed}`).toBeLessThan(600);
    }
  });

  test('neighbouring readings resemble each other, readings a day apart much less', () => {
    const values = everyFiveMinutes.map(traceOf(3, 'steady'));
    expect(correlation(values, 1)).toBeGreaterThan(0.95);
    expect(correlation(values, 288)).toBeLessThan(0.9);
  });

  test('of a steady person holds no low below 54 and hardly anything above 250 mg/dL', () => {
    const values = people.flatMap((seed) => everyFiveMinutes.map(traceOf(seed, 'steady')));
    expect(values.filter((value) => value < 54)).toEqual([]);
    expect(values.filter((value) => value > 250).length / values.length).toBeLessThan(0.001);
  });

  test('with nocturnal lows has two readings in a row below 54 mg/dL in many nights, and none by day', () => {
    const nights = people.flatMap((seed) => {
      const trace = traceOf(seed, 'nocturnal_low');
      const lows = everyFiveMinutes.filter(
        (at) => Math.round(trace(at)) < 54 && Math.round(trace(at + 5 * MINUTE_MS)) < 54,
      );
      expect(lows.filter((at) => (at - MIDNIGHT) % DAY_MS > 6 * HOUR_MS)).toEqual([]);
      return [...new Set(lows.map((at) => Math.floor((at - MIDNIGHT) / DAY_MS)))];
    });
    expect(nights.length / (people.length * WEEKS * 7)).toBeGreaterThan(0.35);
    expect(nights.length / (people.length * WEEKS * 7)).toBeLessThan(0.65);
  });

  test('high after meals stays above 250 mg/dL for 90 of 120 minutes on most days', () => {
    const trace = traceOf(2, 'high_after_meals');
    const high = everyFiveMinutes.map((at) => trace(at) > 250);
    const days = new Set<number>();
    for (let n = 24; n < high.length; n++) {
      if (high.slice(n - 24, n).filter(Boolean).length >= 18) days.add(Math.floor(n / 288));
    }
    expect(days.size).toBeGreaterThan(WEEKS * 7 * 0.7);
  });

  test('can be led to a low at a given time', () => {
    const from = MIDNIGHT + 30 * HOUR_MS;
    const low = { from, to: from + 30 * MINUTE_MS, rampMs: 40 * MINUTE_MS, mgPerDl: 46 };
    const trace = createGlucoseTrace({ seed: 1, offsetMs, traits: SCENARIOS.steady.glucose, excursions: [low] });
    expect(trace(from)).toBeLessThan(50);
    expect(trace(low.to)).toBeLessThan(50);
    expect(trace(from - 2 * HOUR_MS)).toBe(traceOf(1, 'steady')(from - 2 * HOUR_MS));
  });
});

describe('the devices that measure it', () => {
  const trace = () => 38;

  test('a CGM gives 288 readings a day, the same ones whether a day is asked for in one or in many parts', () => {
    const source = createCgmSource({ seed: 5, offsetMs, trace: traceOf(5, 'steady'), unit: 'mmol/L' });
    const day = source(MIDNIGHT, MIDNIGHT + DAY_MS);
    expect(day).toHaveLength(288);
    const parts = Array.from({ length: 1_440 }, (_, n) => MIDNIGHT + n * MINUTE_MS);
    expect(parts.flatMap((from) => source(from, from + MINUTE_MS))).toEqual(day);
    expect(new Set(day.map(({ seq }) => seq)).size).toBe(288);
  });

  test('a CGM shows LOW below its scale, a glucometer with a wider scale the value', () => {
    const cgm = createCgmSource({ seed: 5, offsetMs, trace, unit: 'mg/dL' })(MIDNIGHT, MIDNIGHT + HOUR_MS);
    expect(cgm[0]).toMatchObject({ kind: 'cgm', value: 'LOW', unit: 'mg/dL' });
    const meter = createGlucometerSource({ seed: 5, offsetMs, trace, unit: 'mg/dL' });
    const values = meter(MIDNIGHT, MIDNIGHT + 7 * DAY_MS).map((reading) => 'value' in reading && reading.value);
    expect(values.every((value) => typeof value === 'number' && Math.abs(value - 38) <= 3)).toBe(true);
  });

  test('a glucometer names the occasion of each reading, and fasting ones come before breakfast', () => {
    const meter = createGlucometerSource({ seed: 5, offsetMs, trace: traceOf(5, 'steady'), unit: 'mmol/L' });
    const readings = meter(MIDNIGHT, MIDNIGHT + 28 * DAY_MS);
    const contexts = new Set(readings.map((reading) => ('context' in reading ? reading.context : undefined)));
    expect([...contexts].sort()).toEqual(['after_meal', 'bedtime', 'before_meal', 'fasting', 'random']);
    for (const reading of readings) {
      if ('context' in reading && reading.context === 'fasting')
        expect((Number(reading.at) - MIDNIGHT) % DAY_MS).toBeLessThan(7.5 * HOUR_MS);
    }
  });
});

function correlation(values: readonly number[], lag: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.slice(lag).reduce((sum, value, n) => sum + (value - mean) * (values[n]! - mean), 0) / variance;
}
