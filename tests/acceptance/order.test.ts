// Order and lateness don't change the truth: the same day in many orders, in pieces, with repetitions and corrections, gives
// bit-equal summaries and the same episodes, in each deployment and between them. How an episode was told may differ, its severity by its fate.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../simulators/traces/random.ts';
import { requireEngine } from '../production-engine.ts';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { DEPLOYMENTS, EMBEDDED, type Engines, PRODUCTION } from '../system/deployment.ts';
import {
  type IngestOutcome,
  readIngestOutcome,
  severitiesThatDiffer,
  untilHistoriesJudged,
  untilIngested,
} from '../system/ingest-outcome.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';

const ORDERS = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CADENCE_MS = 5 * MINUTE_MS;
const NOW = Date.now();
/** The one is in memory when it comes, the other is read again from the store. */
const DAYS = [
  ['yesterday', DAY_MS],
  ['a week ago', 7 * DAY_MS],
] as const;

function shuffled<T>(items: readonly T[], random: Random): T[] {
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

/** A day's messages in one of its orders. The first comes as it was measured. */
function messagesOf(readings: readonly object[], order: number): object[][] {
  const random = createRandom(order + 1);
  const twice = readings.filter(() => random() < 0.1);
  const sent = order === 0 ? [...readings] : shuffled([...readings, ...twice], random);
  const messages: object[][] = [];
  while (sent.length > 0) messages.push(sent.splice(0, 1 + Math.floor(random() * 60)));
  return messages;
}

/** By deployment and day: of each order. */
const outcomes = new Map<string, readonly IngestOutcome[]>();
const keyOf = (deployment: { readonly name: string }, day: string) => `${deployment.name}, ${day}`;

describe.each(DEPLOYMENTS)('in the $name deployment', (deployment) => {
  let engines: Engines;
  let system: RunningSystem;
  /** By day, in the order of orders. */
  const patientIds = new Map<string, string[]>();

  async function publishDay(teamId: string, order: number, readings: readonly object[]) {
    const patientId = await createPatient(system.api, teamId);
    const device = await connectDevice(system.mqttPort, await createDevice(system.api, 'cgm', patientId));
    let items = 0;
    for (const message of messagesOf(readings, order)) {
      await device.publish(message);
      items += message.length;
    }
    await device.close();
    return { patientId, items };
  }

  requireEngine(deployment.missing);
  beforeAll(async () => {
    if (deployment.missing) return;
    engines = await deployment.start();
    system = await startSystem({ env: engines.env });
    const { teamId } = await createClinic(system.api);
    let items = 0;
    for (const [day, agoMs] of DAYS) {
      const readings = readingsOfDay(Math.floor((NOW - agoMs) / DAY_MS) * DAY_MS - 8 * 60 * MINUTE_MS);
      const orders = Array.from({ length: ORDERS + 1 }, (_, order) => publishDay(teamId, order, readings));
      const published = await Promise.all(orders);
      items += published.reduce((sum, each) => sum + each.items, 0);
      patientIds.set(
        day,
        published.map(({ patientId }) => patientId),
      );
    }
    const database = await openDatabase(system);
    await untilIngested(database, items, 60_000).finally(() => database.end());
    // Writes what is written behind.
    await system.stop();
    await system.start();
    const restarted = await openDatabase(system);
    await untilHistoriesJudged(system.api, restarted, [...patientIds.values()].flat(), 60_000).finally(() =>
      restarted.end(),
    );
  }, 300_000);
  afterAll(async () => {
    await system?.destroy();
    await engines?.destroy();
  });

  test.each(DAYS)('a day of %s in 20 random orders with a tenth of it twice', async (day) => {
    const database = await openDatabase(system);
    const orders = await Promise.all(
      patientIds.get(day)!.map((patientId) => readIngestOutcome(database, patientId)),
    ).finally(() => database.end());
    const [first, ...others] = orders;
    outcomes.set(keyOf(deployment, day), orders);
    expect(first!.summaries).toHaveLength(1);
    expect(first!.episodes.map(({ rule_id }) => rule_id)).toEqual(
      expect.arrayContaining(['CGM-01', 'CGM-02', 'CGM-05']),
    );
    expect(others).toHaveLength(ORDERS);
    for (const { summaries, episodes } of others) {
      expect(summaries).toStrictEqual(first!.summaries);
      expect(episodes).toStrictEqual(first!.episodes);
    }
    expect(orders.flatMap(({ tellings }) => tellings).filter(({ fate }) => fate === 'live')).toEqual([]);
  });
});

describe('between the deployments', () => {
  requireEngine(PRODUCTION.missing);

  test.each(DAYS)('a day of %s comes to the same', (day) => {
    const both = [PRODUCTION, EMBEDDED].map((deployment) => outcomes.get(keyOf(deployment, day)) ?? []);
    const [production, embedded] = both.map(([first]) => first);
    expect(production?.summaries).toHaveLength(1);
    expect(production?.summaries).toStrictEqual(embedded?.summaries);
    expect(production?.episodes).toStrictEqual(embedded?.episodes);
    expect(severitiesThatDiffer(both.flat().flatMap(({ tellings }) => tellings))).toEqual([]);
  });
});
