// What a batch's items tell of their devices beside readings: error codes, clocks ahead, uploads of old readings (DATA-02, DATA-04).
// Promise: an ordinary reading costs a few comparisons; a replay tells nothing, because it is our delay.
import type { DeviceEventKind } from '../../domain/device-event.ts';
import { MESSAGE_FLAGS } from '../../storage/journal/record-frame.ts';
import { minuteOf, type SlotEvent } from '../../storage/readings/device-events.ts';
import { patientAt } from '../../storage/registry/device-entry.ts';
import type { Batch, Item } from '../batch.ts';

/** clinical.md §1.1 and §7, DATA-04: both excluded. More than 24 h ahead is a rejection. */
const AHEAD_MS = 5 * 60_000;
const STALE_MS = 24 * 3_600_000;

export interface NotedEvent {
  readonly event: SlotEvent;
  readonly patientKey: number;
}

/** At most one a device, slot, kind and minute; those of devices that are nobody's now are left out. */
export function noteDeviceEvents({ items }: Pick<Batch, 'items'>): readonly NotedEvent[] {
  let noted: Map<string, NotedEvent> | undefined;
  for (const item of items) {
    const what = eventOf(item);
    if (what === undefined || item.device === undefined) continue;
    const { deviceKey, receivedAt } = item.message;
    const slot = item.decoded?.slot;
    const patientKey = patientAt(item.device, slot, receivedAt);
    if (patientKey === undefined) continue;
    const event = { deviceKey, at: receivedAt, what, slot };
    const key = `${deviceKey} ${what} ${minuteOf(event)} ${slot ?? ''}`;
    noted ??= new Map();
    if (!noted.has(key)) noted.set(key, { event, patientKey });
  }
  return noted === undefined ? NOTHING : [...noted.values()];
}

const NOTHING: readonly NotedEvent[] = [];

function eventOf({ decoded, rejection, effect, message, measuredAt, sentAt }: Item): DeviceEventKind | undefined {
  if (decoded === undefined || (message.flags & MESSAGE_FLAGS.replay) !== 0) return undefined;
  if (rejection !== undefined) {
    return rejection.sensorError === true && decoded.kind === 'cgm' ? 'error_code' : undefined;
  }
  const { receivedAt } = message;
  if (decoded.at - receivedAt > AHEAD_MS || (sentAt !== undefined && sentAt - receivedAt > AHEAD_MS))
    return 'clock_ahead';
  const isNew = effect === 'added' || effect === 'known';
  return isNew && receivedAt - measuredAt > STALE_MS ? 'stale_upload' : undefined;
}
