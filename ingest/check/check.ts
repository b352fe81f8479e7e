// Step 3: whether each value can be, and the domain's reading made of it: value and unit as they came, flags, LOW and HIGH kept.
import { checkGlucose, checkPressure } from '../../domain/plausibility.ts';
import type { BloodPressureReading, GlucoseReading, ReadingFlag } from '../../domain/reading.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { MESSAGE_FLAGS } from '../../storage/journal/record-frame.ts';
import type { Batch, Item } from '../batch.ts';
import type { DecodedGlucose, DecodedPressure } from '../decode/decode-reading.ts';

/** Of a replay the limits of what is likely are waived: a person has reviewed it (clinical.md §2.3). */
const WAIVED = { waived: true };
const NOT_WAIVED = { waived: false };

export function check(batch: Batch): void {
  for (const item of batch.items) {
    if (item.rejection !== undefined || item.decoded === undefined) continue;
    const { decoded } = item;
    const checked = decoded.kind === 'bp' ? checkedPressure(item, decoded) : checkedGlucose(item, decoded);
    if ('code' in checked && !('kind' in checked)) item.rejection = checked;
    else item.reading = checked;
  }
}

const optionsOf = ({ message }: Item) => (message.flags & MESSAGE_FLAGS.replay ? WAIVED : NOT_WAIVED);

function checkedGlucose(item: Item, decoded: DecodedGlucose): GlucoseReading | Rejection {
  const { accepted, rejection } = checkGlucose(decoded, item.device?.model, optionsOf(item));
  if (rejection) return rejection;
  return {
    kind: decoded.kind,
    deviceKey: item.message.deviceKey,
    at: decoded.at,
    measuredAt: item.measuredAt,
    receivedAt: item.message.receivedAt,
    value: accepted.value,
    unit: decoded.unit,
    code: accepted.code,
    context: decoded.context,
    flags: flagsOf(item, decoded.flags, accepted.flags),
    slot: decoded.slot,
    seq: decoded.seq,
    sentAt: item.sentAt,
  };
}

function checkedPressure(item: Item, decoded: DecodedPressure): BloodPressureReading | Rejection {
  const { accepted, rejection } = checkPressure(decoded, optionsOf(item));
  if (rejection) return rejection;
  item.askToRepeat = accepted.askToRepeat;
  return {
    kind: 'bp',
    deviceKey: item.message.deviceKey,
    at: decoded.at,
    measuredAt: item.measuredAt,
    receivedAt: item.message.receivedAt,
    systolicMmHg: accepted.systolicMmHg,
    diastolicMmHg: accepted.diastolicMmHg,
    pulsePerMin: decoded.pulse,
    unit: decoded.unit,
    receivedSystolic: decoded.systolic,
    receivedDiastolic: decoded.diastolic,
    flags: flagsOf(item, decoded.flags, []),
    slot: decoded.slot,
    seq: decoded.seq,
    sentAt: item.sentAt,
  };
}

function flagsOf(
  { clockFlag }: Item,
  fromDevice: readonly ReadingFlag[],
  fromCheck: readonly ReadingFlag[],
): readonly ReadingFlag[] {
  if (!clockFlag && fromCheck.length === 0) return fromDevice;
  return [...fromDevice, ...(clockFlag ? (['clock'] as const) : []), ...fromCheck];
}
