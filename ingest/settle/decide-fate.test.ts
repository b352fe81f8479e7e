import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BloodPressureReading, GlucoseReading, Reading } from '../../domain/reading.ts';
import type { KnownIdentity, Origin, StoredReading } from '../../storage/ports/time-series.ts';
import { decideFate, isSameValue, MOST_VALUES } from './decide-fate.ts';

const glucose = (value: number, more: Partial<GlucoseReading> = {}): GlucoseReading => ({
  kind: 'cgm',
  deviceKey: 1,
  at: 0,
  measuredAt: 0,
  receivedAt: 0,
  value,
  unit: 'mg/dL',
  flags: [],
  ...more,
});
const origin = (seq: number): Origin => ({ partition: 0, seq, index: 0 });
const stored = (reading: Reading, from: Origin, revision = 0): StoredReading => ({ reading, origin: from, revision });

/** What is known after readings came one after the other, each from an origin of its own, and how each ended. */
function arrive(readings: readonly Reading[]) {
  let known: KnownIdentity | undefined;
  const fates = readings.map((reading, index) => {
    if (known === undefined) {
      known = { current: stored(reading, origin(index)), previous: [] };
      return 'accepted';
    }
    const decision = decideFate(known, reading, origin(index));
    if (decision.kind === 'replaces')
      known = { current: decision.winner, previous: [...known.previous, decision.loser] };
    if (decision.kind === 'superseded') known = { ...known, previous: [...known.previous, decision.loser] };
    return decision.kind;
  });
  return { known: known!, fates };
}

describe('what becomes of a known identity', () => {
  it('a higher seq wins, a lower one is kept in the audit alone', () => {
    const [low, high] = [glucose(100, { seq: 1 }), glucose(90, { seq: 2 })];
    expect(arrive([low, high]).fates).toEqual(['accepted', 'replaces']);
    expect(arrive([high, low]).fates).toEqual(['accepted', 'superseded']);
  });

  it('seq decides before sentAt, sentAt before arrival', () => {
    const first = glucose(100, { seq: 2, sentAt: 1 });
    expect(arrive([first, glucose(90, { seq: 1, sentAt: 9 })]).fates[1]).toBe('superseded');
    expect(arrive([glucose(100, { sentAt: 9 }), glucose(90, { sentAt: 1 })]).fates[1]).toBe('superseded');
    expect(arrive([glucose(100, { seq: 2 }), glucose(90, { sentAt: 1 })]).fates[1]).toBe('replaces');
    expect(arrive([glucose(100), glucose(90)]).fates[1]).toBe('replaces');
  });

  it('more values than a timestamp may have are refused, those it has stay what they are', () => {
    const values = Array.from({ length: MOST_VALUES + 2 }, (_, index) => glucose(100 + index / 100));
    const { known, fates } = arrive(values);
    expect(fates.slice(0, MOST_VALUES)).toEqual(['accepted', ...Array(MOST_VALUES - 1).fill('replaces')]);
    expect(fates.slice(MOST_VALUES)).toEqual(['refused', 'refused']);
    expect(known.current.reading).toBe(values[MOST_VALUES - 1]);
    expect(decideFate(known, values[7]!, origin(9_999)).kind).toBe('duplicate');
    expect(decideFate(known, values[7]!, origin(7)).kind).toBe('met_again');
  });

  it('a value that it has had before never wins again by redelivery', () => {
    expect(arrive([glucose(100), glucose(90), glucose(100), glucose(90)]).fates).toEqual([
      'accepted',
      'replaces',
      'duplicate',
      'duplicate',
    ]);
  });

  it('the same number in another unit is another value', () => {
    expect(isSameValue(glucose(5.5), glucose(5.5, { unit: 'mmol/L' }))).toBe(false);
    expect(isSameValue(glucose(39), glucose(39, { code: 'LOW' }))).toBe(false);
    expect(isSameValue(glucose(100), glucose(100, { context: 'fasting', flags: ['clock'] }))).toBe(true);
  });

  it('a blood pressure is compared as it came', () => {
    const base: BloodPressureReading = {
      ...glucose(0),
      kind: 'bp',
      systolicMmHg: 120,
      diastolicMmHg: 80,
      unit: 'mmHg',
      receivedSystolic: 120,
      receivedDiastolic: 80,
    };
    expect(isSameValue(base, { ...base })).toBe(true);
    expect(isSameValue(base, { ...base, receivedDiastolic: 81 })).toBe(false);
    expect(isSameValue(base, { ...base, pulsePerMin: 70 })).toBe(false);
  });

  it('a voided reading stays voided: what its device says of it later is kept in the audit, whatever its seq', () => {
    const reading = glucose(100, { seq: 1 });
    const voided: KnownIdentity = {
      current: { ...stored(reading, origin(0), 1), voidedAt: 5 },
      previous: [stored(reading, origin(0), 0)],
    };
    expect(decideFate(voided, reading, origin(1)).kind).toBe('duplicate');
    expect(decideFate(voided, reading, origin(0))).toEqual({ kind: 'met_again', fate: 'accepted' });
    const decision = decideFate(voided, glucose(90, { seq: 2 }), origin(1));
    expect(decision).toMatchObject({ kind: 'superseded', loser: { revision: 2, reading: { value: 90 } } });
    const audited = { ...voided, previous: [...voided.previous, (decision as { loser: StoredReading }).loser] };
    expect(decideFate(audited, glucose(90, { seq: 2 }), origin(1))).toEqual({ kind: 'met_again', fate: 'corrected' });
  });

  it('the same origin again has the fate it had', () => {
    const readings = [
      glucose(100, { seq: 3 }),
      glucose(90, { seq: 5 }),
      glucose(80, { seq: 4 }),
      glucose(70, { seq: 6 }),
    ];
    const { known, fates } = arrive(readings);
    expect(fates).toEqual(['accepted', 'replaces', 'superseded', 'replaces']);
    const again = readings.map((reading, index) => decideFate(known, reading, origin(index)));
    expect(again).toEqual([
      { kind: 'met_again', fate: 'accepted' },
      ...[1, 2, 3].map(() => ({ kind: 'met_again', fate: 'corrected' })),
    ]);
  });

  it('in whatever order values with a seq come, the same one wins, and the same number of them was corrected', () => {
    const values = fc.uniqueArray(fc.integer({ min: 40, max: 400 }), { minLength: 2, maxLength: 8 });
    const orders = values.chain((list) => {
      const readings = list.map((value, seq) => glucose(value, { seq }));
      return fc.tuple(fc.constant(readings), fc.shuffledSubarray(readings, { minLength: readings.length }));
    });
    fc.assert(
      fc.property(orders, ([readings, shuffled]) => {
        const { known, fates } = arrive(shuffled);
        expect(known.current.reading).toEqual(readings.at(-1));
        expect(fates.filter((fate) => fate === 'accepted')).toHaveLength(1);
        expect(known.previous).toHaveLength(readings.length - 1);
        expect(new Set([known.current, ...known.previous].map(({ revision }) => revision)).size).toBe(readings.length);
      }),
    );
  });
});
