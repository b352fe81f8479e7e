import { beforeEach, describe, expect, it } from 'vitest';
import { createCounters } from '../../runtime/counters.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { createLog } from '../../runtime/log.ts';
import { createIngestCounters } from '../ingest-counters.ts';
import { createPatientsApart, type PatientsApart } from './patients-apart.ts';

const patients = (count: number) => Array.from({ length: count }, (_, patientKey) => ({ patientKey }));

describe('upkeep of many patients', () => {
  let lines: { level: string; patientKey?: number; task?: string }[];
  let counters: ReturnType<typeof createCounters>;
  let apart: PatientsApart;
  let done: number[];
  let calls: number;
  beforeEach(() => {
    [lines, done, calls] = [[], [], 0];
    counters = createCounters({ part: 'ingest' });
    const log = createLog({ part: 'ingest', write: (line) => lines.push(JSON.parse(line)) });
    apart = createPatientsApart({ log, counters: createIngestCounters(counters) });
  });
  /** All or nothing, as a transaction. */
  const workUnless = (isBad: (patientKey: number) => boolean) => async (some: readonly { patientKey: number }[]) => {
    calls += 1;
    for (const { patientKey } of some) if (isBad(patientKey)) throw new Error('a bug');
    done.push(...some.map(({ patientKey }) => patientKey));
  };
  const keys = (count: number) => [...Array(count).keys()];
  const sorted = () => done.toSorted((a, b) => a - b);
  const timesSetAside = async () =>
    (await counters.snapshot()).find(({ name }) => name === 'pulseward_ingest_patients_set_aside_total')?.values[0]
      ?.value;

  it('is one piece of work where nobody fails', async () => {
    expect(
      await apart.run(
        'flush',
        patients(500),
        workUnless(() => false),
        0,
      ),
    ).toBe(500);
    expect(calls).toBe(1);
  });

  it('goes on for all others where some fail, at the price of a few more pieces', async () => {
    const bad = new Set([0, 1, 2, 3, 250]);
    expect(
      await apart.run(
        'flush',
        patients(500),
        workUnless((key) => bad.has(key)),
        0,
      ),
    ).toBe(495);
    expect(sorted()).toEqual(keys(500).filter((key) => !bad.has(key)));
    expect(calls).toBeLessThan(100);
    expect([...apart.setAside(0)].toSorted((a, b) => a - b)).toEqual([...bad]);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({ level: 'error', task: 'flush', patientKey: 0 });
  });

  it('leaves them alone for a minute, then tries each by itself, and says so in the log only once', async () => {
    const isBad = (key: number) => key === 3;
    await apart.run('flush', patients(8), workUnless(isBad), 0);
    expect(apart.setAside(59_999)).toEqual(new Set([3]));
    expect(apart.setAside(60_000)).toEqual(new Set());
    calls = 0;
    expect(await apart.run('flush', patients(8), workUnless(isBad), 60_000)).toBe(7);
    expect(calls).toBe(2);
    expect(apart.setAside(60_001)).toEqual(new Set([3]));
    expect(lines).toHaveLength(1);
    expect(await timesSetAside()).toBe(2);
    // Mended.
    expect(
      await apart.run(
        'flush',
        patients(8),
        workUnless(() => false),
        120_000,
      ),
    ).toBe(8);
    expect(apart.setAside(120_001)).toEqual(new Set());
  });

  it('tries those who failed before although all of them fail again, and blames nobody else for it', async () => {
    const isBad = (key: number) => key < 6;
    await apart.run('flush', patients(20), workUnless(isBad), 0);
    expect(await apart.run('flush', patients(6), workUnless(isBad), 60_000)).toBe(0);
    expect(apart.setAside(60_001).size).toBe(6);
  });

  it('is not about the patients where it fails for everybody: one failure is thrown, nobody is blamed', async () => {
    await expect(
      apart.run(
        'flush',
        patients(500),
        workUnless(() => true),
        0,
      ),
    ).rejects.toThrow('a bug');
    expect(calls).toBeLessThan(20);
    expect(apart.setAside(0).size).toBe(0);
    expect(lines).toEqual([]);
  });

  it('waits as a whole for what passes by itself', async () => {
    const work = async () => {
      throw new TemporaryFailure('database_unavailable', 'away');
    };
    await expect(apart.run('flush', patients(4), work, 0)).rejects.toThrow(TemporaryFailure);
    expect(apart.setAside(0).size).toBe(0);
  });
});
