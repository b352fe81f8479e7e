// Step 2: when each reading was really made, and whose it is: the patient bound to the device (and slot) at that moment.
// Promise: nothing is refused for a missing binding before the registry was asked once more: one made a moment ago counts.
import { trueTimeOf } from '../../domain/clock-offset.ts';
import { timeRejection } from '../../domain/plausibility.ts';
import type { DeviceDirectory } from '../../storage/registry/device-directory.ts';
import { patientAt } from '../../storage/registry/device-entry.ts';
import type { Batch, Item } from '../batch.ts';
import { rejected } from '../decode/decode-reading.ts';
import type { DeviceState, DeviceStates } from './device-states.ts';

export interface AttributeDeps {
  readonly devices: DeviceDirectory;
  readonly deviceStates: DeviceStates;
}

const NOT_BOUND = rejected(
  'device_not_bound',
  'the device was bound to no patient (of this slot) when it measured; bind it, then replay the reading',
);

export async function attribute(batch: Batch, { devices, deviceStates }: AttributeDeps): Promise<void> {
  await loadUnknown(batch, devices, deviceStates);
  for (const { deviceKey, sentAt, receivedAt, isKept } of batch.clockTells) {
    const state = deviceStates.peek(deviceKey);
    // One that is not kept is told all the same: a trial gives its readings the times that they have in the run that counts.
    if (state?.tell({ sentAt, receivedAt }) && isKept) batch.changedClocks.add(state);
  }

  const unbound: Item[] = [];
  for (const item of batch.items) {
    item.device = devices.peekByKey(item.message.deviceKey);
    if (item.rejection !== undefined || item.decoded === undefined) continue;
    const state = deviceStates.peek(item.message.deviceKey);
    tellTime(item, state);
    if (item.rejection === undefined && !findPatient(item)) unbound.push(item);
  }
  if (unbound.length > 0) await askAgain(unbound, devices);
}

async function loadUnknown(batch: Batch, devices: DeviceDirectory, deviceStates: DeviceStates): Promise<void> {
  const unknownDevices = new Set<number>();
  const unknownStates = new Set<number>();
  const look = (deviceKey: number) => {
    if (devices.peekByKey(deviceKey) === undefined) unknownDevices.add(deviceKey);
    if (deviceStates.peek(deviceKey) === undefined) unknownStates.add(deviceKey);
  };
  let previousKey = 0;
  for (const { message } of batch.items) {
    if (message.deviceKey !== previousKey) look(message.deviceKey);
    previousKey = message.deviceKey;
  }
  for (const { deviceKey } of batch.clockTells) look(deviceKey);
  await Promise.all([
    unknownDevices.size > 0 && devices.loadByKeys([...unknownDevices]),
    unknownStates.size > 0 && deviceStates.load([...unknownStates]),
  ]);
}

function tellTime(item: Item, state: DeviceState | undefined): void {
  const { at } = item.decoded!;
  const { receivedAt } = item.message;
  item.rejection = timeRejection(at, receivedAt);
  const { measuredAt, clockFlag } = trueTimeOf(at, receivedAt, state?.offsetMs);
  item.measuredAt = measuredAt;
  item.clockFlag = clockFlag;
}

function findPatient(item: Item): boolean {
  if (item.device === undefined) return false;
  const patientKey = patientAt(item.device, item.decoded!.slot, item.measuredAt);
  if (patientKey === undefined) return false;
  item.patientKey = patientKey;
  return true;
}

async function askAgain(unbound: readonly Item[], devices: DeviceDirectory): Promise<void> {
  const deviceKeys = [...new Set(unbound.map(({ message }) => message.deviceKey))];
  for (const deviceKey of deviceKeys) devices.invalidate(deviceKey);
  const loaded = await devices.loadByKeys(deviceKeys);
  for (const item of unbound) {
    item.device = loaded.get(item.message.deviceKey);
    if (!findPatient(item)) item.rejection = NOT_BOUND;
  }
}
