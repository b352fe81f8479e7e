// A signal that hits everything at once, as when a container or a session ends: the supervisor, the real roles and Postgres under load.
// (SIGKILL to all of them: random-kills.test.ts, `everything`.)
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { layOutCluster } from '../../storage/embedded-postgres/cluster-layout.ts';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { accountForReadings } from './account-for-readings.ts';
import { chanceOf, FAULT_ROUNDS } from './fault-rounds.ts';
import { createReadingLedger } from './reading-ledger.ts';
import { LOAD_DEVICES, LOAD_KINDS, type LoadDevice, startSteadyLoad } from './steady-load.ts';

const ROUND_WITHIN_MS = 120_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A fast machine sends more than a day of minutes in a round. */
const DAYS_PER_ROUND = 5;

let system: RunningSystem;
const devices: LoadDevice[] = [];
beforeAll(async () => {
  system = await startSystem();
  const { teamId } = await createClinic(system.api);
  for (const [index, measures] of LOAD_KINDS.entries()) {
    const patientId = await createPatient(system.api, teamId, { name: `Patient ${index}` });
    devices.push({ ...(await createDevice(system.api, LOAD_DEVICES[measures], patientId)), measures });
  }
});
afterAll(() => system?.destroy());

test(
  'SIGTERM to all processes at once under load is a normal stop, and the next start has everything that was acknowledged',
  async () => {
    const ledger = createReadingLedger();
    let firstAt = Date.now() - (FAULT_ROUNDS * DAYS_PER_ROUND + 2) * DAY_MS;
    for (let round = 0; round < FAULT_ROUNDS; round++) {
      const chance = chanceOf('whole group', round);
      const outputBefore = system.output().length;
      const load = startSteadyLoad(system.mqttPort, devices, ledger, { firstAt, stepMs: MINUTE_MS, chance });
      onTestFinished(() => load.stop());
      await until('the load runs', 20_000, () => load.acknowledged() > 100);
      expect(await system.signalAll('SIGTERM')).toBe(0);
      const output = system.output().slice(outputBefore);
      expect(output.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
      expect(readFileSync(layOutCluster(system.dataDir).logFile, 'utf8')).toMatch(/database system is shut down\s*$/);

      await system.start();
      const countBefore = load.acknowledged();
      await until('readings are acknowledged again', 60_000, () => load.acknowledged() > countBefore + 100);
      await load.stop();
      firstAt = load.nextAt();
      await accountForReadings(system, ledger);
    }
  },
  60_000 + FAULT_ROUNDS * ROUND_WITHIN_MS,
);
