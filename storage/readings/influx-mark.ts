// What stands of ourselves in the bucket, in the measurement `pulseward`: whose readings it holds, and how far it has come.
import type { InfluxConnection } from './influx-connection.ts';
import { LAST_INSTANT_MS } from './influx-points.ts';
import { type RunStatements, readSeries } from './influx-query.ts';
import { sendLines } from './influx-write.ts';

export interface InfluxMark {
  /** The installation's id. */
  readonly installation: string | undefined;
  /** Epoch ms. */
  readonly progress: number | undefined;
}

const ALWAYS = `time >= -${LAST_INSTANT_MS}ms and time < ${LAST_INSTANT_MS}ms`;

/** What was written last, of each. A bucket that forgets may have neither. */
export async function readMark(run: RunStatements): Promise<InfluxMark> {
  const text = await run(`select last(progress), last(installation) from pulseward where ${ALWAYS}`);
  const row = readSeries<[time: number, progress: number | null, installation: string | null]>(text)[0]?.values[0];
  return { progress: row?.[1] ?? undefined, installation: row?.[2] ?? undefined };
}

/** @param endsAt performance.now() */
export async function writeMark(
  influx: InfluxConnection,
  { installation, progress }: InfluxMark,
  at: number,
  endsAt?: number,
): Promise<void> {
  const fields = [
    ...(progress === undefined ? [] : [`progress=${progress}i`]),
    ...(installation === undefined ? [] : [`installation="${installation}"`]),
  ];
  await sendLines(influx, `pulseward ${fields.join(',')} ${at}`, endsAt);
}
