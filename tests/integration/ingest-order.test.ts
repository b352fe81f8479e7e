// Order and lateness don't change the truth: the same day in many orders, in pieces, with repetitions and corrections, gives
// bit-equal summaries and the same episodes.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIngestScene, DAY_MS, type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';

const ORDERS = 20;
const CADENCE_MS = 5 * MINUTE_MS;

let scene: IngestScene;
beforeAll(async () => {
  scene = await createIngestScene();
});
afterAll(() => scene.destroy());

/** mulberry32: the orders are the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** A day in mmol/L with a low, an extended high, a code and corrections by seq. */
function readingsOfDay(from: number): object[] {
  const readings: object[] = [];
  for (let slot = 0; slot < 288; slot++) {
    const wave = 7 + 3 * Math.sin(slot / 20);
    const value = slot >= 60 && slot < 66 ? 2.7 : slot >= 150 && slot < 180 ? 15.4 : Math.round(wave * 10) / 10;
    const reading = {
      kind: 'cgm',
      at: from + slot * CADENCE_MS,
      unit: 'mmol/L',
      value: slot === 66 ? 'LOW' : value,
      seq: slot * 10,
    };
    if (slot % 40 === 7) readings.push({ ...reading, value: 5.5, seq: slot * 10 - 1 });
    readings.push(reading);
  }
  return readings;
}

async function outcomeOf({ patientKey }: SceneDevice) {
  const summaries = await scene.rows(
    'select day, summary::text from day_summaries where patient_key = $1 order by day',
    [patientKey],
  );
  // Silence is what was told of it, not what the day shows.
  const episodes = await scene.rows(
    `select rule_id, severity, start_at, completed_at, end_at from episodes
     where patient_key = $1 and withdrawn_at is null and rule_id <> 'DATA-01' order by rule_id, start_at`,
    [patientKey],
  );
  return { summaries, episodes };
}

it.each([
  ['yesterday', DAY_MS],
  ['a week ago', 7 * DAY_MS],
])('a day of %s in 20 random orders with a tenth of it twice', async (_, agoMs) => {
  const from = Math.floor((Date.now() - agoMs) / DAY_MS) * DAY_MS - 8 * 60 * MINUTE_MS;
  const readings = readingsOfDay(from);
  const devices = await Promise.all(
    Array.from({ length: ORDERS + 1 }, async () => scene.addDevice('cgm', await scene.addPatient())),
  );
  await scene.start();
  for (const [order, device] of devices.entries()) {
    const random = randomOf(order + 1);
    const twice = readings.filter(() => random() < 0.1);
    // The first comes as it was measured.
    const sent = order === 0 ? readings : shuffled([...readings, ...twice], random);
    for (let at = 0; at < sent.length; ) {
      const count = 1 + Math.floor(random() * 60);
      await scene.publish({ device, payload: sent.slice(at, at + count) });
      at += count;
    }
  }
  await scene.consumed();
  await scene.stop();

  const [first, ...others] = await Promise.all(devices.map(outcomeOf));
  expect(first!.summaries).toHaveLength(1);
  expect(first!.episodes.map(({ rule_id }) => rule_id)).toEqual(expect.arrayContaining(['CGM-01', 'CGM-02', 'CGM-05']));
  for (const outcome of others) expect(outcome).toEqual(first);
});
