// Every rule says the same of readings that came shuffled and twice as of those that came in order (DESIGN, promise 3).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceEvent } from '../../domain/device-event.ts';
import type { Reading } from '../../domain/reading.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';
import { createRuleSet } from '../../domain/rules/rule-set.ts';
import { cgmTrace, fingersticks, pressures } from '../../tests/readings/arbitrary-readings.ts';
import { MINUTE_MS, PROFILE, type Sample, START_AT } from '../../tests/readings/patient-windows.ts';
import { PatientProjection } from './patient-projection.ts';
import { PatientState } from './patient-state.ts';

const NOW = START_AT + 12 * 3_600_000;

function glucose(kind: 'cgm' | 'smbg', deviceKey: number, samples: readonly Sample[]): Reading[] {
  return samples.map(({ min, value, receivedMin = min }): Reading => {
    const at = START_AT + min * MINUTE_MS;
    const code = typeof value === 'string' ? value : undefined;
    const bound = value === 'LOW' ? 39 : 401;
    return {
      kind,
      deviceKey,
      at,
      measuredAt: at,
      receivedAt: START_AT + receivedMin * MINUTE_MS,
      value: typeof value === 'number' ? value : bound,
      unit: 'mg/dL',
      code,
      flags: [],
    };
  });
}

function verdictsOf(readings: readonly Reading[], events: readonly DeviceEvent[]) {
  const entry = { patientKey: 1, patientId: 'p', profile: PROFILE, rules: createRuleSet(), devices: [] };
  const projection = new PatientProjection(entry, 0, new PatientState(1, 0), []);
  projection.rollTo(NOW);
  const seen = new Set<string>();
  for (const reading of readings) {
    const identity = `${reading.deviceKey} ${reading.kind} ${reading.at}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    projection.add(reading);
  }
  for (const event of events) projection.addDeviceEvent(event);
  return RULE_CATALOGUE.map((rule) => ({ id: rule.id, ...rule.evaluate(projection, PROFILE, NOW) }));
}

const streams = fc
  .tuple(
    cgmTrace(),
    cgmTrace({ high: true }),
    fingersticks({ maxWaitMin: 90 }),
    pressures(),
    fc.array(fc.integer({ min: 0, max: 600 })),
  )
  .map(([first, second, sticks, bp, minutes]) => ({
    readings: [
      ...glucose('cgm', 1, first),
      ...glucose('cgm', 2, second),
      ...glucose('smbg', 3, sticks),
      ...bp.map((reading) => ({ ...reading, deviceKey: reading.deviceKey + 3 })),
    ],
    // One a minute, as they are told.
    events: [...new Set(minutes)].map((min, i) => ({
      deviceKey: 1 + (i % 2),
      at: START_AT + min * MINUTE_MS,
      what: (['error_code', 'clock_ahead', 'stale_upload'] as const)[i % 3]!,
    })),
  }));

test('in whatever order readings and events come, and however often, each rule’s verdict and episodes are the same', () => {
  const told = new Set<string>();
  fc.assert(
    fc.property(
      streams.chain(({ readings, events }) =>
        fc.record({
          readings: fc.constant(readings),
          events: fc.constant(events),
          shuffled: fc.shuffledSubarray([...readings, ...readings], { minLength: 2 * readings.length }),
          shuffledEvents: fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length }),
        }),
      ),
      ({ readings, events, shuffled, shuffledEvents }) => {
        const inOrder = readings.toSorted((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey);
        const eventsInOrder = events.toSorted((a, b) => a.at - b.at);
        const verdicts = verdictsOf(inOrder, eventsInOrder);
        for (const { id, episodes } of verdicts) if (episodes.length > 0) told.add(id);
        expect(verdictsOf(shuffled, shuffledEvents)).toEqual(verdicts);
      },
    ),
    { numRuns: 60 },
  );
  expect(told.size).toBeGreaterThan(12);
});
