// Step 1: the records' bytes become items, each a decoded reading or a rejection; statuses and clocks are noted on the way.
// Promise: the same record gives the same items with the same indexes, however often it is run.
import type { Rejection } from '../../domain/rejection.ts';
import { type FramedMessage, MESSAGE_FLAGS, unframe } from '../../storage/journal/record-frame.ts';
import type { JournalRecord } from '../../storage/ports/journal.ts';
import type { Origin } from '../../storage/ports/time-series.ts';
import { type Batch, besideIndexOf, type ClockTell, Item, type MessageSource, originKey } from '../batch.ts';
import { decodePayload } from './decode-payload.ts';
import { isRejection, rejected } from './decode-reading.ts';
import { decodeStatus } from './decode-status.ts';

const STATUS_TOPIC = '/status';
const GIVEN_UP = rejected('internal_error', 'the item could not be processed; it is kept and can be replayed');

export function decode(batch: Batch): void {
  for (const record of batch.records) decodeRecord(batch, record);
}

function decodeRecord(batch: Batch, { partition, seq, bytes }: JournalRecord): void {
  if (batch.givenUp.has(originKey(wholeRecord({ partition, seq })))) {
    const item = new Item(wholeRecord({ partition, seq }), asMessage(bytes, batch.now), 0, undefined, undefined);
    item.rejection = GIVEN_UP;
    batch.items.push(item);
    return;
  }
  let index = 0;
  let besideIndex = besideIndexOf(0);
  for (const message of unframe(bytes)) {
    const addItem = (position: number, sentAt: number | undefined, source: unknown): Item => {
      const item = new Item({ partition, seq, index: index++ }, message, position, sentAt, source);
      if (takesPart(batch, item.origin.index)) batch.items.push(item);
      if (batch.givenUp.size > 0 && batch.givenUp.has(originKey(item.origin))) item.rejection = GIVEN_UP;
      return item;
    };
    const refusal = refusedByBroker(message);
    if (refusal) addItem(0, undefined, undefined).rejection ??= refusal;
    else {
      const beside = { partition, seq, index: besideIndex };
      if (message.topic.endsWith(STATUS_TOPIC)) decodeStatusMessage(batch, message, beside, addItem);
      else decodeReadings(batch, message, beside, addItem);
    }
    besideIndex -= 1;
  }
}

/** The origin that stands for a record whose messages can't be told apart, or kept one by one. */
export const wholeRecord = ({ partition, seq }: Pick<Origin, 'partition' | 'seq'>): Origin => ({
  partition,
  seq,
  index: -1,
});

/** Every byte of it: what it held may have been acknowledged. */
const asMessage = (bytes: Buffer, now: number): MessageSource => ({
  receivedAt: now,
  deviceKey: 0,
  flags: 0,
  topic: '',
  payload: bytes,
  payloadBytes: bytes.length,
  payloadSha256: undefined,
});

type AddItem = (position: number, sentAt: number | undefined, source: unknown) => Item;

function decodeReadings(batch: Batch, message: FramedMessage, beside: Origin, addItem: AddItem): void {
  const { deviceKey, receivedAt } = message;
  let count = 0;
  const told = decodePayload(message.payload.toString(), receivedAt, (decoded, position, sentAt, source) => {
    const item = addItem(position, sentAt, source);
    if (isRejection(decoded)) item.rejection ??= decoded;
    else item.decoded = decoded;
    count += 1;
  });
  // What is replayed was sent long before it is received.
  if (told === undefined || isReplay(message)) return;
  const isGivenUp = giveUpBeside(batch, message, beside, count, { sentAt: told });
  tellClock(batch, beside, isGivenUp, { deviceKey, sentAt: told, receivedAt });
}

/** A status is no item, unless it can't be read or kept. */
function decodeStatusMessage(batch: Batch, message: FramedMessage, beside: Origin, addItem: AddItem): void {
  const { deviceKey, receivedAt } = message;
  const status = decodeStatus(message.payload.toString(), receivedAt);
  if ('code' in status) {
    addItem(0, undefined, undefined).rejection ??= status;
    return;
  }
  const { index: besideIndex } = beside;
  const isGivenUp = giveUpBeside(batch, message, beside, 0, undefined);
  if (!isGivenUp && takesPart(batch, besideIndex)) batch.statuses.push({ besideIndex, deviceKey, receivedAt, status });
  if (status.sentAt !== undefined && !isReplay(message))
    tellClock(batch, beside, isGivenUp, { deviceKey, sentAt: status.sentAt, receivedAt });
}

/** Answers whether it was. @param position after the message's items, as the device counts */
function giveUpBeside(
  batch: Batch,
  message: FramedMessage,
  beside: Origin,
  position: number,
  source: unknown,
): boolean {
  if (batch.givenUp.size === 0 || !batch.givenUp.has(originKey(beside))) return false;
  const item = new Item(beside, message, position, undefined, source);
  item.rejection = GIVEN_UP;
  batch.items.push(item);
  return true;
}

function tellClock(
  batch: Batch,
  { index: besideIndex }: Origin,
  isGivenUp: boolean,
  told: Pick<ClockTell, 'deviceKey' | 'sentAt' | 'receivedAt'>,
): void {
  batch.clockTells.push({ ...told, besideIndex, isKept: !isGivenUp && takesPart(batch, besideIndex) });
}

const takesPart = (batch: Batch, index: number): boolean => batch.takesPart === undefined || batch.takesPart(index);

const isReplay = ({ flags }: FramedMessage): boolean => (flags & MESSAGE_FLAGS.replay) !== 0;

function refusedByBroker({ flags, payloadBytes }: FramedMessage): Rejection | undefined {
  if (flags & MESSAGE_FLAGS.tooLarge) {
    return rejected(
      'too_large',
      `the message has ${payloadBytes} bytes; send at most 262144, e.g. fewer readings at once`,
    );
  }
  if (flags & MESSAGE_FLAGS.deviceNotBound) {
    return rejected('device_not_bound', 'the topic names a device that is not bound to this gateway; bind it first');
  }
  return undefined;
}
