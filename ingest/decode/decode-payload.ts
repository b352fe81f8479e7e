// A message of the `readings` topic: one reading, an array, or an envelope with `sentAt`; each of its items by itself.
// Promise: one bad item never costs its neighbours; `add` is called once for each item, in order.
import { timeRejection } from '../../domain/plausibility.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { type DecodedReading, decodeInstant, decodeReading, rejected } from './decode-reading.ts';

/** The most readings of one message (DESIGN §7). */
export const MOST_READINGS = 1_000;

/**
 * @param index position among the message's items, as the device is told
 * @param source the parsed item, where the message has more than this one
 */
export type AddItem = (
  decoded: DecodedReading | Rejection,
  index: number,
  sentAt: number | undefined,
  source: unknown,
) => void;

/** @returns the message's own `sentAt`, epoch ms, where it told one that can be */
export function decodePayload(text: string, receivedAt: number, add: AddItem): number | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    add(
      rejected('malformed_json', 'the message is not JSON; send one reading, an array, or {"sentAt":…,"readings":[…]}'),
      0,
      undefined,
      undefined,
    );
    return undefined;
  }
  if (Array.isArray(parsed)) {
    decodeList(parsed, undefined, add);
    return undefined;
  }
  if (isEnvelope(parsed)) return decodeEnvelope(parsed, receivedAt, add);
  add(decodeReading(parsed), 0, undefined, undefined);
  return undefined;
}

interface Envelope {
  readonly sentAt?: unknown;
  readonly readings: unknown;
}

/** A reading has a kind; what has none but a list of readings is an envelope. */
function isEnvelope(parsed: unknown): parsed is Envelope {
  return (
    typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, 'readings') && !Object.hasOwn(parsed, 'kind')
  );
}

function decodeEnvelope({ sentAt: told, readings }: Envelope, receivedAt: number, add: AddItem): number | undefined {
  let sentAt: number | undefined;
  let problem: Rejection | undefined;
  if (told !== undefined) {
    const instant = decodeInstant('sentAt', told);
    problem = typeof instant === 'number' ? timeRejection(instant, receivedAt) : instant;
    if (typeof instant === 'number' && problem === undefined) sentAt = instant;
  }
  const count = Array.isArray(readings) ? decodeList(readings, sentAt, add) : 1;
  if (!Array.isArray(readings))
    add(rejected('wrong_type', 'readings: is not an array; send an array of readings'), 0, sentAt, undefined);
  // The readings count without it; that it was wrong is told beside them, as one more item.
  if (problem !== undefined)
    add({ ...problem, detail: problem.detail.replace(/^at:/, 'sentAt:') }, count, undefined, { sentAt: told });
  return sentAt;
}

function decodeList(readings: readonly unknown[], sentAt: number | undefined, add: AddItem): number {
  if (readings.length === 0 || readings.length > MOST_READINGS) {
    const problem =
      readings.length === 0
        ? rejected('not_a_reading', 'the message holds no reading')
        : rejected('too_many_readings', `the message holds ${readings.length} readings; send at most ${MOST_READINGS}`);
    add(problem, 0, sentAt, undefined);
    return 1;
  }
  for (let index = 0; index < readings.length; index++)
    add(decodeReading(readings[index]), index, sentAt, readings[index]);
  return readings.length;
}
