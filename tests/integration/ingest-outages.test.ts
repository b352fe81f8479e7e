// What a worker does while an engine is away: it waits with what it has, and forgets only what it can't be sure of.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { until } from '../system/until.ts';
import { type IngestScene, MINUTE_MS, type SceneDevice } from './ingest-scene.ts';
import { useOwnWorkers, type WorkerUnderTest } from './ingest-worker-under-test.ts';

const WITHIN_MS = 15_000;

const workers = useOwnWorkers();
let scene: IngestScene;
let device: SceneDevice;
beforeEach(async () => {
  ({ scene } = workers);
  device = await scene.addDevice('cgm', await scene.addPatient());
});

const publish = (value: number) =>
  scene.publish({ device, payload: { kind: 'cgm', at: Date.now() - value * MINUTE_MS, value, unit: 'mg/dL' } });
const stored = async () => (await scene.rows('select value from readings order by value')).map(({ value }) => value);
const handedOver = ({ logLines }: WorkerUnderTest) =>
  logLines.flatMap((line) => {
    const { msg, taken, lost } = JSON.parse(line) as { msg: string; taken?: number[]; lost?: number[] };
    return msg === 'partitions changed hands' ? [{ taken: taken?.length, lost: lost?.length }] : [];
  });

/** Counts how often the states of a whole partition's patients are read. */
function countStateReads(): () => number {
  const query = vi.spyOn(scene.pool, 'query');
  return () => query.mock.calls.filter(([text]) => /from patient_state where/.test(String(text))).length;
}

describe('an outage in which no partition changes hands', () => {
  it('of the journal: no state is read again, and none is said to', async () => {
    const worker = await workers.open();
    const read = vi.spyOn(worker.storage.journal, 'read');
    const stateReads = countStateReads();
    worker.loop.start();
    await publish(101);
    await until('it is stored', WITHIN_MS, async () => (await stored()).length === 1);
    read.mockRejectedValue(new TemporaryFailure('journal_unavailable', 'away'));
    const before = read.mock.calls.length;
    await until('it was tried again and again', WITHIN_MS, () => read.mock.calls.length > before + 4);
    read.mockRestore();
    await publish(102);
    await until('it goes on', WITHIN_MS, async () => (await stored()).length === 2);
    expect(handedOver(worker)).toEqual([{ taken: 8, lost: 0 }]);
    expect(stateReads()).toBe(0);
  });

  it('of the readings’ store: no state is read again, and none is said to', async () => {
    let isAway = false;
    let tries = 0;
    const worker = await workers.open({
      timeSeries: (series) => ({
        ...series,
        async write(readings, replaced) {
          tries += 1;
          if (isAway) throw new TemporaryFailure('influxdb_unavailable', 'takes nothing');
          await series.write(readings, replaced);
        },
      }),
    });
    const stateReads = countStateReads();
    worker.loop.start();
    await publish(101);
    await until('it is stored', WITHIN_MS, async () => (await stored()).length === 1);
    isAway = true;
    const before = tries;
    await publish(102);
    await until('it was tried again and again', WITHIN_MS, () => tries > before + 4);
    isAway = false;
    await until('it goes on', WITHIN_MS, async () => (await stored()).length === 2);
    expect(handedOver(worker)).toEqual([{ taken: 8, lost: 0 }]);
    expect(stateReads()).toBe(0);
  });
});

it('a partition that another worker had meanwhile is taken anew, and that is said', async () => {
  const worker = await workers.open();
  worker.loop.start();
  await publish(101);
  await until('it is stored', WITHIN_MS, async () => (await stored()).length === 1);
  const stateReads = countStateReads();
  await scene.pool.query('update journal_partitions set epoch = epoch + 2 where partition = 3');
  await until('it is taken anew', WITHIN_MS, () => handedOver(worker).length === 2);
  expect(handedOver(worker)).toEqual([
    { taken: 8, lost: 0 },
    { taken: 1, lost: 1 },
  ]);
  expect(stateReads()).toBe(1);
});
