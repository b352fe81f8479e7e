import { describe, expect, test } from 'vitest';
import { createVirtualPerson } from '../fleet/virtual-person.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../traces/local-day.ts';
import { DEMO_PEOPLE, type DemoPerson } from './demo-people.ts';
import { LIVE_FROM_MS_AGO, planTimeline } from './demo-timeline.ts';

const NOW = Date.UTC(2026, 10, 22, 6, 30);
const timeline = planTimeline(DEMO_PEOPLE, NOW, 0);

const sourceOf = (index: number, kind: 'cgm' | 'glucometer' | 'bp_monitor') => {
  const { scenario, glucoseUnit } = DEMO_PEOPLE[index]!;
  const extras = timeline[index]!;
  return createVirtualPerson({ seed: index, scenario, offsetMs: 8 * HOUR_MS, glucoseUnit, extras }).sourceFor(kind);
};
const first = (fits: (person: DemoPerson) => boolean) => DEMO_PEOPLE.findIndex(fits);

describe('the people of the demo', () => {
  test('are fifty in two teams, each with a name of their own and at least one device', () => {
    expect(DEMO_PEOPLE).toHaveLength(50);
    expect(new Set(DEMO_PEOPLE.map(({ name }) => name)).size).toBe(50);
    expect(DEMO_PEOPLE.filter(({ team }) => team === 0)).toHaveLength(25);
    for (const { kinds, birthDate, name } of DEMO_PEOPLE) {
      expect(kinds.length, name).toBeGreaterThan(0);
      expect(new Date(birthDate).toISOString().slice(0, 10), name).toBe(birthDate);
      expect(name).not.toContain('♀');
    }
  });

  test('show every scenario and every kind of device among the first ten', () => {
    const soon = DEMO_PEOPLE.slice(0, 10);
    expect(new Set(soon.map(({ scenario }) => scenario)).size).toBe(7);
    expect(new Set(soon.flatMap(({ kinds }) => kinds))).toEqual(new Set(['cgm', 'bp_monitor', 'glucometer']));
  });
});

describe('the timeline of the demo', () => {
  test('begins with a low that two live CGM readings show within seconds', () => {
    const readings = sourceOf(0, 'cgm')(NOW - LIVE_FROM_MS_AGO, NOW - LIVE_FROM_MS_AGO + 10 * MINUTE_MS);
    expect(readings).toHaveLength(2);
    for (const reading of readings) expect('value' in reading && Number(reading.value)).toBeLessThan(3);
  });

  test('and with a hypertensive crisis in two readings young enough to page', () => {
    const person = first(({ scenario }) => scenario === 'bp_crisis');
    const readings = sourceOf(person, 'bp_monitor')(NOW - LIVE_FROM_MS_AGO, NOW - 20 * MINUTE_MS);
    const systolics = readings.map((reading) => ('systolic' in reading ? reading.systolic : 0));
    expect(systolics.filter((systolic) => systolic >= 180)).toHaveLength(2);
  });

  test('and with a high that lasts: above 250 mg/dL for 90 of 120 minutes before the present', () => {
    const person = first(({ scenario }) => scenario === 'high_after_meals');
    const { glucoseUnit } = DEMO_PEOPLE[person]!;
    const readings = sourceOf(person, 'cgm')(
      NOW - LIVE_FROM_MS_AGO - 2 * HOUR_MS,
      NOW - LIVE_FROM_MS_AGO + 10 * MINUTE_MS,
    );
    const line = glucoseUnit === 'mg/dL' ? 250 : 13.9;
    expect(
      readings.filter((reading) => 'value' in reading && Number(reading.value) > line).length,
    ).toBeGreaterThanOrEqual(18);
  });

  test('goes on with an event a minute for everybody to see, and keeps lows and highs to different people', () => {
    const extras = planTimeline(DEMO_PEOPLE, NOW, 0);
    const until = NOW + HOUR_MS;
    const soon = extras.map(({ excursions = [], pressureSessions = [], fingersticksAt = [] }) => [
      ...excursions.filter(({ from }) => from > NOW && from < until),
      ...pressureSessions.filter(({ at }) => at > NOW && at < until),
      ...fingersticksAt.filter((at) => at > NOW && at < until),
    ]);
    expect(soon.flat()).toHaveLength(59);
    for (const { excursions = [] } of extras)
      expect(new Set(excursions.map(({ mgPerDl }) => mgPerDl)).size).toBeLessThan(2);
  });

  test('of a demo that goes on holds no event that what was delivered before does not lead up to', () => {
    for (const { excursions = [] } of planTimeline(DEMO_PEOPLE, NOW, NOW)) {
      for (const { from, rampMs } of excursions) expect(from - rampMs).toBeGreaterThanOrEqual(NOW);
    }
  });

  test('never makes a body change faster than a body can', () => {
    DEMO_PEOPLE.forEach(({ kinds, glucoseUnit }, index) => {
      if (!kinds.includes('cgm')) return;
      const values = sourceOf(index, 'cgm')(NOW - DAY_MS, NOW + DAY_MS).map((reading) =>
        'value' in reading && typeof reading.value === 'number' ? reading.value : Number.NaN,
      );
      const limit = glucoseUnit === 'mg/dL' ? 25 : 25 / 18;
      const steepest = values.slice(1).reduce((most, value, n) => Math.max(most, Math.abs(value - values[n]!) || 0), 0);
      expect(steepest, `person ${index}, in five minutes`).toBeLessThan(limit);
    });
  });
});
