// A person says that a reading was none (a child's finger, a cuff on the wrong arm): it is kept, known, and counts nowhere any more.
import type { Pool } from 'pg';
import { localDayOf } from '../../domain/local-day.ts';
import { readJournalPartitions } from '../journal/journal-partitions.ts';
import { partitionOfPatient } from '../journal/partition-of.ts';
import { type KnownIdentity, ReadingContended, type TimeSeries } from '../ports/time-series.ts';
import type { DeviceDirectory } from '../registry/device-directory.ts';
import { patientAt } from '../registry/device-entry.ts';
import type { PatientProfiles } from '../registry/patient-profiles.ts';
import { markDirtyDays } from './dirty-days.ts';
import { identityKey } from './identity-key.ts';
import { againstPostgres } from './postgres-failure.ts';
import type { ReadingIdentity } from './reading-id.ts';

export interface VoidReadingDeps {
  readonly pool: Pool;
  readonly timeSeries: Pick<TimeSeries, 'find' | 'write'>;
  readonly devices: Pick<DeviceDirectory, 'load'>;
  readonly profiles: Pick<PatientProfiles, 'load'>;
}

export interface VoidedReading {
  /** Whose it was; absent where nobody was bound to the device then. */
  readonly patientKey?: number | undefined;
  /** Epoch ms. */
  readonly voidedAt: number;
}

/** A correction may come between looking and writing; the last look only confirms. */
const TRIES = 5;

/** undefined where there is no such reading; once voided it stays so, whoever asks again. Throws TemporaryFailure. */
export async function voidReading(
  deps: VoidReadingDeps,
  { deviceId, kind, at }: ReadingIdentity,
  userId: string,
  now: number,
): Promise<VoidedReading | undefined> {
  const { timeSeries, devices } = deps;
  const device = (await againstPostgres(() => devices.load([deviceId]))).get(deviceId);
  if (device === undefined) return undefined;
  const identity = { deviceKey: device.deviceKey, kind, at };
  for (let tries = 0; tries < TRIES; tries++) {
    const known = (await timeSeries.find([identity])).get(identityKey(identity));
    if (known === undefined) return undefined;
    const { reading, voidedAt } = known.current;
    const patientKey = patientAt(device, reading.slot, reading.measuredAt);
    if (patientKey !== undefined) await markDay(deps, patientKey, reading.measuredAt);
    if (voidedAt !== undefined) return { patientKey, voidedAt };
    await writeVoid(timeSeries, known, userId, now);
  }
  throw new ReadingContended();
}

async function writeVoid(
  timeSeries: VoidReadingDeps['timeSeries'],
  { current, previous }: KnownIdentity,
  userId: string,
  now: number,
): Promise<void> {
  const revision = 1 + Math.max(current.revision, ...previous.map((stored) => stored.revision));
  try {
    await timeSeries.write(
      [{ ...current, revision, voidedAt: now }],
      [{ stored: current, replacedAt: now, reason: 'voided', replacedBy: userId }],
    );
  } catch (error) {
    // A correction came in between: the next look finds it.
    if (!(error instanceof ReadingContended)) throw error;
  }
}

/** Before the write and, by the look that confirms it, after: a crash between leaves a mark either way. */
async function markDay({ pool, profiles }: VoidReadingDeps, patientKey: number, measuredAt: number): Promise<void> {
  const timeZone = (await againstPostgres(() => profiles.load([patientKey]))).get(patientKey)?.profile.timeZone;
  if (timeZone === undefined) return;
  const partition = partitionOfPatient(patientKey, await againstPostgres(() => readJournalPartitions(pool)));
  const day = localDayOf(measuredAt, timeZone);
  await againstPostgres(() => markDirtyDays(pool, [{ patientKey, day, partition, held: false }]));
}
