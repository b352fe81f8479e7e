// A message of the `status` topic: what a device says of itself. Every field is optional; `online: false` is what wills say.
import { timeRejection } from '../../domain/plausibility.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { decodeInstant, describe, rejected } from './decode-reading.ts';

export interface DecodedStatus {
  /** 0–100, to a tenth: nobody acts on less, and a short float in the database refuses what is all but nothing. */
  readonly batteryPercent: number | undefined;
  readonly firmware: string | undefined;
  /** Epoch ms. */
  readonly sensorStartedAt: number | undefined;
  readonly sentAt: number | undefined;
  readonly online: boolean | undefined;
}

const PRINTABLE = /^[\p{L}\p{N}\p{P}\p{S} ]{1,64}$/u;

export function decodeStatus(text: string, receivedAt: number): DecodedStatus | Rejection {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return rejected('malformed_json', 'the status is not JSON; send an object such as {"battery":87,"sentAt":…}');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return rejected('not_a_reading', `${describe(parsed)} is not a status; send an object such as {"battery":87}`);
  }
  const { battery, firmware, sensorStartedAt, sentAt, online } = parsed as { readonly [name: string]: unknown };
  if (battery !== undefined && !(typeof battery === 'number' && battery >= 0 && battery <= 100)) {
    return rejected('wrong_type', `battery: ${describe(battery)} does not fit; send percent, 0 to 100`);
  }
  if (firmware !== undefined && !(typeof firmware === 'string' && PRINTABLE.test(firmware))) {
    return rejected('wrong_type', `firmware: ${describe(firmware)} does not fit; send up to 64 printable characters`);
  }
  if (online !== undefined && typeof online !== 'boolean') {
    return rejected('wrong_type', `online: ${describe(online)} does not fit; send true or false`);
  }
  const started = decodeTime('sensorStartedAt', sensorStartedAt, receivedAt);
  if (typeof started === 'object') return started;
  const sent = decodeTime('sentAt', sentAt, receivedAt);
  if (typeof sent === 'object') return sent;
  const batteryPercent = battery === undefined ? undefined : Math.round(battery * 10) / 10;
  return { batteryPercent, firmware, sensorStartedAt: started, sentAt: sent, online };
}

function decodeTime(field: string, value: unknown, receivedAt: number): number | undefined | Rejection {
  if (value === undefined) return undefined;
  const instant = decodeInstant(field, value);
  const problem = typeof instant === 'number' ? timeRejection(instant, receivedAt) : instant;
  return problem === undefined
    ? (instant as number)
    : { ...problem, detail: problem.detail.replace(/^at:/, `${field}:`) };
}
