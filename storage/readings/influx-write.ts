// Points into InfluxDB, a batch in one request. Promise: durable when it resolves; where InfluxDB refuses a batch, which names no point,
// the first reading at fault is found by halving, so that whoever isolates bad items knows that it is one.
import type { StoredReading } from '../ports/time-series.ts';
import { type InfluxConnection, InfluxRefusal } from './influx-connection.ts';
import { UnstorableReading } from './influx-points.ts';

/** It can't read a line; it, or a proxy, finds the request too long; it keeps nothing so old, or has the field with another type. */
const OF_THE_CONTENT = new Set([400, 413, 422]);

/**
 * Throws TemporaryFailure, InfluxRefusal and UnstorableReading; then some of the others may be written.
 * @param lines of `readings`, one each
 * @param endsAt performance.now(), when it is over one way or the other
 */
export async function writePoints(
  influx: InfluxConnection,
  readings: readonly StoredReading[],
  lines: readonly string[],
  endsAt: number,
): Promise<void> {
  if (lines.length === 0) return;
  const { org, bucket } = influx.settings;
  const path = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}&precision=ms`;
  const headers = { 'content-type': 'text/plain; charset=utf-8' };

  async function send(from: number, to: number): Promise<void> {
    try {
      await influx.ask({ method: 'POST', path, headers, endsAt, body: lines.slice(from, to).join('') });
    } catch (error) {
      if (!(error instanceof InfluxRefusal && OF_THE_CONTENT.has(error.status))) throw error;
      if (to - from === 1) throw new UnstorableReading(readings[from]!.reading, `${error.message} to it`);
      const middle = (from + to) >> 1;
      await send(from, middle);
      await send(middle, to);
    }
  }
  await send(0, lines.length);
}
