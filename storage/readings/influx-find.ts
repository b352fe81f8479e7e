// Which points the identities lie in that somebody asks for.
import type { Identity, StoredReading } from '../ports/time-series.ts';
import { identityKey } from './identity-key.ts';
import { queryPoints, type RunStatements, type Stretch } from './influx-query.ts';

/**
 * A statement costs influxd as much as reading some 60 points. What a batch repeats is of all devices and a few minutes, or of one device
 * and a few days: the identities of this long a time are asked for together, and of a 5-minute sensor at most 72 points for nothing.
 */
const WINDOW_MS = 6 * 3_600_000;

/** The points of the identities, those of others left out. */
export async function findPoints(run: RunStatements, identities: readonly Identity[]): Promise<StoredReading[]> {
  const wanted = new Set(identities.map(identityKey));
  const points = await queryPoints(run, windowsOf(identities));
  return points.filter(({ reading }) => wanted.has(identityKey(reading)));
}

function windowsOf(identities: readonly Identity[]): Stretch[] {
  const windows = Map.groupBy(identities, ({ kind, at }) => `${kind}.${Math.floor(at / WINDOW_MS)}`);
  return [...windows.values()].map((together) => {
    const { kind } = together[0]!;
    let [fromAt, lastAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { at } of together) {
      if (at < fromAt) fromAt = at;
      if (at > lastAt) lastAt = at;
    }
    const deviceKeys = [...new Set(together.map(({ deviceKey }) => deviceKey))];
    return { kind, deviceKeys, fromAt, toAt: lastAt + 1 };
  });
}
