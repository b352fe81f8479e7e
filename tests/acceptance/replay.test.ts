// Recorded traces through MQTT, replayed into both deployments: the metrics are those of the traces' own numbers, and what one deployment
// answers the other answers to the last bit. CGM_5_SUBJECTS names the file of docs/replay.md, whose licence keeps it out of here.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireEngine } from '../production-engine.ts';
import { DEPLOYMENTS, EMBEDDED, type Engines, PRODUCTION } from '../system/deployment.ts';
import {
  type IngestOutcome,
  readIngestOutcome,
  severitiesThatDiffer,
  untilHistoriesJudged,
  untilIngested,
} from '../system/ingest-outcome.ts';
import { openDatabase, type RunningSystem, startSystem } from '../system/running-system.ts';
import { AS_ADMIN, figure, openSimulator, type Simulator } from './run-simulator.ts';
import { inventTraces, PLAIN_PERSON, PLAIN_VALUES } from './traces-to-replay.ts';

const RECORDED_FILE = process.env.CGM_5_SUBJECTS;
const DAY_MS = 86_400_000;
/** Of Subject 1, as an independent implementation found them. */
const RECORDED_FIGURES = {
  ...{ meanMgPerDl: '123.67', sdMgPerDl: '33.268', cvPercent: '26.90', gmiPercent: '6.27', eA1cPercent: '5.94' },
  ...{ gri: '7.19', lbgi: '0.432036', hbgi: '1.807297', adrr: '15.1011' },
  ...{ mage: '72.4243', modd: '27.8087', conga24: '37.0335' },
};
/** The same times in both deployments. */
const INVENTED = inventTraces();

interface GlucoseMetrics extends Readonly<Record<string, unknown>> {
  readonly count: number;
  readonly meanMgPerDl: number;
  readonly meanMmolPerL: number;
  readonly timeInRange: { readonly inRange: number };
  readonly latest?: object;
}

interface GlucoseEvents {
  readonly counts: Readonly<Record<string, number>>;
}

interface ReadingOnTheApi extends Readonly<Record<string, unknown>> {
  readonly readingId: string;
}

/** One person's device, as `simulate` printed it. */
interface Replayed {
  readonly id: string;
  readonly deviceId: string;
  readonly count: number;
  readonly from: string;
  readonly to: string;
}

/** What the API answers about a person, without what is another in every run. */
interface Answers {
  /** The first is of the whole trace, the last of fourteen days. */
  readonly metrics: readonly GlucoseMetrics[];
  /** Of the same windows. */
  readonly events: readonly GlucoseEvents[];
  readonly profiles: readonly object[];
  readonly readings: readonly object[];
}

/** Half a unit of the last digit that is given, or a millionth. */
function tolerated(figure: string): number {
  const digits = figure.split('.')[1]?.length ?? 0;
  return Math.max(0.5 * 10 ** -digits, 1e-6 * Number(figure));
}

/** By deployment and person. */
const answered = new Map<string, Map<string, Answers>>();
const outcomes = new Map<string, Map<string, IngestOutcome>>();
/** Of each file, by the first deployment that it was replayed in. */
const shiftDays = new Map<string, string>();

describe.each(DEPLOYMENTS)('a trace, replayed in the $name deployment,', (deployment) => {
  let engines: Engines;
  let system: RunningSystem;
  let directory: string;
  let simulate: Simulator['simulate'];
  const replayed: Replayed[] = [];
  const ofThisOne = new Map<string, Answers>();

  requireEngine(deployment.missing);
  beforeAll(async () => {
    if (deployment.missing) return;
    directory = await mkdtemp(join(tmpdir(), 'pulseward-replay-'));
    engines = await deployment.start();
    system = await startSystem({ env: engines.env });
    ({ simulate } = await openSimulator(system, directory));
    answered.set(deployment.name, ofThisOne);
  });
  afterAll(async () => {
    await system?.destroy();
    await engines?.destroy();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  /** Resolves with what the API answers about each of its people, once all of it is ingested. */
  async function replay(file: string, unit: string): Promise<Map<string, Answers>> {
    const shift = shiftDays.get(file) ?? 'auto';
    const how = ['--patient-zone', 'Etc/GMT+5', '--unit', unit, '--shift-days', shift];
    const output = await simulate('--replay', file, ...how, ...AS_ADMIN);
    shiftDays.set(file, /moved by (\d+) days/.exec(output)?.[1] ?? 'not said');
    const people = [...output.matchAll(/^(.+): device (\S+), (\d+) readings, from=(\S+) to=(\S+)$/gm)].map(
      ([, id = '', deviceId = '', count, from = '', to = '']) => ({ id, deviceId, count: Number(count), from, to }),
    );
    expect(figure(output, 'acknowledged')).toBe(people.reduce((sum, { count }) => sum + count, 0));
    expect(figure(output, 'lost')).toBe(0);
    expect(Date.now() - Math.max(...people.map(({ to }) => Date.parse(to)))).toBeLessThan(DAY_MS);
    replayed.push(...people);

    const database = await openDatabase(system);
    const items = replayed.reduce((sum, { count }) => sum + count, 0);
    await untilIngested(database, items, 60_000).finally(() => database.end());
    const answers = new Map<string, Answers>();
    for (const person of people) answers.set(person.id, await ask(person));
    for (const [id, each] of answers) ofThisOne.set(id, each);
    return answers;
  }

  async function patientOf({ deviceId }: Replayed): Promise<string> {
    const { patientId } = await system.api.get<{ patientId: string }>(`/devices/${deviceId}`);
    return patientId;
  }

  async function ask(person: Replayed): Promise<Answers> {
    const patient = `/patients/${await patientOf(person)}`;
    const toAt = Date.parse(person.to);
    // Whole days come from what was summed up, days that a window cuts from the readings.
    const starts = [0.3, 1, 3, 7, 14].map((days) => new Date(toAt - days * DAY_MS).toISOString());
    const windows = [person.from, ...starts].map((from) => `from=${from}&to=${person.to}`);
    const metrics: GlucoseMetrics[] = [];
    const events: GlucoseEvents[] = [];
    const profiles: object[] = [];
    for (const window of windows) {
      const asked = await system.api.get<GlucoseMetrics>(`${patient}/glucose-metrics?${window}`);
      metrics.push({ ...asked, latest: { ...asked.latest, deviceId: undefined } });
      events.push(await system.api.get(`${patient}/events?${window}&limit=1000`));
      profiles.push(await system.api.get(`${patient}/agp?${window}`));
    }
    const readings: object[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const at = `${patient}/readings?kind=cgm&from=${person.from}&to=${person.to}&limit=1000`;
      const page: { items: ReadingOnTheApi[]; nextCursor?: string } = await system.api.get(
        cursor ? `${at}&cursor=${cursor}` : at,
      );
      for (const { receivedAt: _, deviceId: __, readingId, ...reading } of page.items)
        readings.push({ ...reading, readingId: readingId.replace(person.deviceId, '') });
      cursor = page.nextCursor;
    }
    expect(readings).toHaveLength(person.count);
    return { metrics, events, profiles, readings };
  }

  test('gives the metrics that its own numbers give', async () => {
    await writeFile(join(directory, 'invented.csv'), INVENTED);
    const answers = await replay('invented.csv', 'mmol/L');
    const { metrics: ofWindows, events } = answers.get(PLAIN_PERSON)!;
    const [metrics] = ofWindows;
    const inRange = PLAIN_VALUES.filter((value) => value >= 3.9 && value <= 10).length;
    const mean = PLAIN_VALUES.reduce((sum, value) => sum + value, 0) / PLAIN_VALUES.length;
    expect(metrics!.count).toBe(PLAIN_VALUES.length);
    expect(metrics!.meanMmolPerL).toBeCloseTo(mean, 6);
    expect(metrics!.timeInRange.inRange).toBeCloseTo((100 * inRange) / PLAIN_VALUES.length, 6);
    // What is compared between the deployments is there to be compared.
    for (const name of Object.keys(RECORDED_FIGURES)) expect(metrics![name], name).toBeGreaterThan(0);
    expect(events[0]!.counts).toMatchObject({ hypoL1: expect.any(Number), hyperL1: expect.any(Number) });
    expect(events[0]!.counts.hypoL1! + events[0]!.counts.hyperL1!).toBeGreaterThan(10);
  });

  test('of a person with diabetes gives the figures of an independent implementation', async ({ skip }) => {
    if (!RECORDED_FILE)
      return skip('CGM_5_SUBJECTS names no file: the recorded traces of docs/replay.md are not replayed');
    await copyFile(RECORDED_FILE, join(directory, 'recorded.csv'));
    const answers = await replay('recorded.csv', 'mg/dL');
    const { metrics, events } = answers.get('Subject 1')!;
    for (const [name, figure] of Object.entries(RECORDED_FIGURES)) {
      const off = Math.abs(Number(metrics[0]![name]) - Number(figure));
      expect(off, `${name} ${metrics[0]![name]}, ${figure} was found`).toBeLessThanOrEqual(tolerated(figure));
    }
    expect(metrics[0]!.timeInRange.inRange).toBeCloseTo(91.66, 2);
    expect(events[0]!.counts).toMatchObject({ hyperL1: 16, hyperL2: 2, hypoL1: 1, hypoL2: 0 });
    for (const id of ['Subject 2', 'Subject 3']) {
      const ofFourteenDays = answers.get(id)!.metrics.at(-1)!;
      expect(ofFourteenDays.sufficient, id).toBe(false);
      expect(ofFourteenDays, id).not.toHaveProperty('gmiPercent');
    }
  });

  test('answers the same after a restart, from what was summed up', async () => {
    expect(await system.stop()).toBe(0);
    await system.start();
    const database = await openDatabase(system);
    const ofSummaries = new Map<string, IngestOutcome>();
    await untilHistoriesJudged(system.api, database, await Promise.all(replayed.map(patientOf)), 30_000);
    for (const person of replayed)
      ofSummaries.set(person.id, await readIngestOutcome(database, await patientOf(person)));
    await database.end();
    outcomes.set(deployment.name, ofSummaries);
    for (const person of replayed) {
      expect(ofSummaries.get(person.id)!.summaries.length).toBeGreaterThan(5);
      expect(await ask(person)).toStrictEqual(ofThisOne.get(person.id));
    }
  });
});

describe('between the deployments', () => {
  requireEngine(PRODUCTION.missing);
  const ofBoth = <T>(found: ReadonlyMap<string, ReadonlyMap<string, T>>) => {
    const [embedded, production] = [EMBEDDED, PRODUCTION].map(({ name }) => found.get(name));
    expect(production?.size).toBe(RECORDED_FILE ? 7 : 2);
    return [...production!].map(([id, each]) => ({ id, production: each, embedded: embedded?.get(id) }));
  };

  test.each(['metrics', 'events', 'profiles', 'readings'] as const)('the %s are equal, to the last bit', (part) => {
    for (const { id, production, embedded } of ofBoth(answered))
      expect(production[part], id).toStrictEqual(embedded?.[part]);
  });

  test.each(['summaries', 'episodes'] as const)('the %s are equal, to the last bit', (part) => {
    const both = ofBoth(outcomes);
    expect(both.flatMap(({ production }) => production[part]).length).toBeGreaterThan(10);
    for (const { id, production, embedded } of both) expect(production[part], id).toStrictEqual(embedded?.[part]);
  });

  test('an episode that became known in the same way has the same severity', () => {
    const both = ofBoth(outcomes);
    expect(both.flatMap(({ production }) => production.tellings).length).toBeGreaterThan(10);
    for (const { id, production, embedded } of both)
      expect(severitiesThatDiffer([...production.tellings, ...embedded!.tellings]), id).toEqual([]);
  });
});
