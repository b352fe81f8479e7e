// A bucket that forgets refuses what is older than it keeps, and names no point: which readings these are is known before they are sent.
import { ReadingsTooOld, type ReplacedReading, type StoredReading } from '../ports/time-series.ts';
import { identityKey } from './identity-key.ts';
import type { InfluxGuard } from './influx-guard.ts';

/** Whether a bucket that keeps points for so long (0: for ever) takes one of this time. */
const isKept = ({ reading }: StoredReading, keepsSeconds: number, now: number): boolean =>
  keepsSeconds === 0 || reading.at >= now - keepsSeconds * 1_000;

/** By what is known of the bucket; all of them where nothing is. */
export function keptReadings(
  readings: readonly StoredReading[],
  guard: Pick<InfluxGuard, 'keepsSeconds'>,
): readonly StoredReading[] {
  const [keepsSeconds, now] = [guard.keepsSeconds(), Date.now()];
  return readings.filter((stored) => isKept(stored, keepsSeconds, now));
}

/**
 * The readings that the bucket takes. What replaces a value needs no point: its row in Postgres is what is read. Throws ReadingsTooOld
 * where another one is too old, also by what the bucket keeps at this moment: somebody may have let it keep more.
 * @param endsAt performance.now()
 */
export async function leaveOutTooOld(
  readings: readonly StoredReading[],
  replaced: readonly ReplacedReading[],
  guard: Pick<InfluxGuard, 'keepsSeconds' | 'readRetention'>,
  endsAt: number,
): Promise<readonly StoredReading[]> {
  if (keptReadings(readings, guard).length === readings.length) return readings;
  await guard.readRetention(endsAt);
  const kept = keptReadings(readings, guard);
  const needless = new Set(
    [...kept, ...replaced.map(({ stored }) => stored)].map(({ reading }) => identityKey(reading)),
  );
  const tooOld = readings.filter(({ reading }) => !needless.has(identityKey(reading)));
  const [first] = tooOld;
  if (first === undefined) return kept;
  const { kind, deviceKey, at } = first.reading;
  throw new ReadingsTooOld(
    `the bucket keeps readings for ${guard.keepsSeconds() / 86_400} days and can't keep ${tooOld.length} of ${readings.length}, ` +
      `first the ${kind} reading of device ${deviceKey} at ${at}`,
    tooOld.map(({ origin }) => origin),
  );
}
