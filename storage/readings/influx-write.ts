// Points into InfluxDB, a batch in one request or two. Promise: durable when it resolves; where InfluxDB refuses a batch, which names no
// point, a reading at fault is found by halving, so that whoever isolates bad items knows that it is one.
import type { StoredReading } from '../ports/time-series.ts';
import { type InfluxConnection, InfluxRefusal } from './influx-connection.ts';
import { UnstorableReading } from './influx-points.ts';

/** It can't read a line; it, or a proxy, finds the request too long; it keeps nothing so old, or has the field with another type. */
const OF_THE_CONTENT = new Set([400, 413, 422]);
/**
 * From here on two requests at once: InfluxDB takes each on a core of its own. M, 3,500 lines: 11.6 µs a reading until it is written, 9.4 in
 * two, at about the same CPU; with 1,000 no gain was seen.
 */
const WORTH_TWO_LINES = 2_000;

/** Times in ms. Throws TemporaryFailure and InfluxRefusal. */
export async function sendLines(influx: InfluxConnection, body: string, endsAt: number | undefined): Promise<void> {
  const { org, bucket } = influx.settings;
  const path = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}&precision=ms`;
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  await influx.ask({ method: 'POST', path, headers, endsAt, body });
}

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

  async function send(from: number, to: number): Promise<void> {
    if (from === to) return;
    try {
      await sendLines(influx, lines.slice(from, to).join(''), endsAt);
    } catch (error) {
      if (!(error instanceof InfluxRefusal && OF_THE_CONTENT.has(error.status))) throw error;
      if (to - from === 1) throw new UnstorableReading(readings[from]!.reading, `${error.message} to it`);
      const middle = (from + to) >> 1;
      await send(from, middle);
      await send(middle, to);
    }
  }
  // None is left under way when it is over: a correction that is written next must not be overwritten by it.
  const middle = lines.length < WORTH_TWO_LINES ? lines.length : lines.length >> 1;
  const [first, second] = await Promise.allSettled([send(0, middle), send(middle, lines.length)]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
}
