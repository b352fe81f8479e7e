// Step 4: each item's fate, decided before the store is asked to write: new, duplicate, corrected, or what it was in an earlier run.
// Promise: at most one write an identity; what is known of a device in memory is used only by a worker that alone writes the device.
import type { Identity, KnownIdentity, StoredReading, TimeSeries } from '../../storage/ports/time-series.ts';
import { identityKey } from '../../storage/readings/identity-key.ts';
import type { DeviceStates } from '../attribute/device-states.ts';
import type { Batch, Item } from '../batch.ts';
import { decideFate } from './decide-fate.ts';
import type { SoleWriter } from './sole-writer.ts';

export interface SettleDeps {
  readonly timeSeries: Pick<TimeSeries, 'find'>;
  readonly deviceStates: DeviceStates;
  readonly soleWriter: SoleWriter;
}

export async function settle(batch: Batch, deps: SettleDeps): Promise<void> {
  const unsettled: Item[] = [];
  for (const item of batch.items) {
    if (item.reading === undefined) item.fate = 'rejected';
    else if (isKnownToBeNew(item, deps)) acceptNew(batch, item);
    else unsettled.push(item);
  }
  if (unsettled.length > 0) await settleFromStore(batch, unsettled, deps);
  await deps.soleWriter.lookAround();
}

/** Newer than everything of its device that is stored, and nobody else stores any. */
function isKnownToBeNew({ reading, device }: Item, { deviceStates, soleWriter }: SettleDeps): boolean {
  const { deviceKey, kind, at } = reading!;
  const state = deviceStates.peek(deviceKey);
  if (state === undefined || at <= state.newestAt[kind]) return false;
  state.newestAt[kind] = at;
  return device !== undefined && soleWriter.isSole(device);
}

function acceptNew(batch: Batch, item: Item): void {
  item.fate = 'accepted';
  item.effect = 'added';
  batch.toStore.push({ reading: item.reading!, origin: item.origin, revision: 0 });
}

interface Settling {
  current: StoredReading;
  readonly previous: StoredReading[];
  /** Where its current value is to be written: the index in `toStore`. */
  writtenAt: number | undefined;
}

async function settleFromStore(batch: Batch, unsettled: readonly Item[], { timeSeries }: SettleDeps): Promise<void> {
  const byKey = writtenInThisBatch(batch, unsettled);
  const wanted = new Map<string, Identity>();
  for (const { reading } of unsettled) {
    const key = identityKey(reading!);
    if (!byKey.has(key)) wanted.set(key, reading!);
  }
  const known = await timeSeries.find([...wanted.values()]);
  for (const [key, identity] of known) byKey.set(key, settlingOf(identity));
  for (const item of unsettled) settleItem(batch, item, byKey);
}

/** The same identity may come twice in one batch: what the first was accepted with is not in the store yet. */
function writtenInThisBatch(batch: Batch, unsettled: readonly Item[]): Map<string, Settling> {
  const deviceKeys = new Set(unsettled.map(({ reading }) => reading!.deviceKey));
  const byKey = new Map<string, Settling>();
  for (const [index, stored] of batch.toStore.entries()) {
    if (!deviceKeys.has(stored.reading.deviceKey)) continue;
    byKey.set(identityKey(stored.reading), { current: stored, previous: [], writtenAt: index });
  }
  return byKey;
}

function settlingOf({ current, previous }: KnownIdentity): Settling {
  return { current, previous: [...previous], writtenAt: undefined };
}

function settleItem(batch: Batch, item: Item, byKey: Map<string, Settling>): void {
  const { origin } = item;
  const reading = item.reading!;
  const key = identityKey(reading);
  const settling = byKey.get(key);
  if (settling === undefined) {
    acceptNew(batch, item);
    byKey.set(key, { current: batch.toStore.at(-1)!, previous: [], writtenAt: batch.toStore.length - 1 });
    return;
  }
  const decision = decideFate(settling, reading, origin);
  switch (decision.kind) {
    case 'met_again':
      item.fate = decision.fate;
      item.effect = 'known';
      return;
    case 'duplicate':
      item.fate = 'duplicate';
      return;
    case 'refused':
      item.rejection = decision.rejection;
      item.reading = undefined;
      item.fate = 'rejected';
      return;
    case 'superseded':
      item.fate = 'corrected';
      settling.previous.push(decision.loser);
      batch.replaced.push({ stored: decision.loser, replacedAt: batch.now, reason: 'superseded' });
      return;
    case 'replaces':
      item.fate = 'corrected';
      item.effect = 'changed';
      replace(batch, settling, decision.winner, decision.loser);
  }
}

function replace(batch: Batch, settling: Settling, winner: StoredReading, loser: StoredReading): void {
  batch.replaced.push({ stored: loser, replacedAt: batch.now, reason: 'corrected' });
  settling.previous.push(loser);
  settling.current = winner;
  if (settling.writtenAt === undefined) settling.writtenAt = batch.toStore.push(winner) - 1;
  else batch.toStore[settling.writtenAt] = winner;
}
