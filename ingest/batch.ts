// What flows through the pipeline: the items of some records, with what each step has found out about them.
import type { Reading } from '../domain/reading.ts';
import type { Rejection } from '../domain/rejection.ts';
import type { JournalRecord } from '../storage/ports/journal.ts';
import type { Origin, ReplacedReading, StoredReading } from '../storage/ports/time-series.ts';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';
import type { DeviceState } from './attribute/device-states.ts';
import type { DecodedReading } from './decode/decode-reading.ts';
import type { DecodedStatus } from './decode/decode-status.ts';
import { type Evaluated, nothingEvaluated } from './evaluate/evaluate-projection.ts';
import type { NotedEvent } from './project/note-device-events.ts';
import type { PatientProjection, UnflushedDay } from './project/patient-projection.ts';

export type Fate = 'accepted' | 'duplicate' | 'corrected' | 'rejected';

/** The part of a FramedMessage that outlives decoding. */
export interface MessageSource {
  /** Epoch ms at which the broker had it. */
  readonly receivedAt: number;
  readonly deviceKey: number;
  /** Bits of MESSAGE_FLAGS. */
  readonly flags: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly payloadBytes: number;
  readonly payloadSha256: Buffer | undefined;
}

/**
 * What a settled item means for its patient: `added`, a reading that nobody knew; `known`, one that an earlier run of this record
 * had stored; `changed`, another value for a known identity; undefined, nothing.
 */
export type Effect = 'added' | 'known' | 'changed';

/** One reading of a message, or a message that can't be decoded. All fields from the start: one shape for the engine. */
export class Item {
  readonly origin: Origin;
  readonly message: MessageSource;
  /** As the device counts: its position in the message. */
  readonly position: number;
  /** The message's own, epoch ms. */
  readonly sentAt: number | undefined;
  /** The parsed item, where its message holds more than this one. */
  readonly source: unknown;
  decoded: DecodedReading | undefined = undefined;
  rejection: Rejection | undefined = undefined;
  device: DeviceEntry | undefined = undefined;
  /** Epoch ms, 0 until attributed. */
  measuredAt = 0;
  clockFlag = false;
  /** 0 until attributed. */
  patientKey = 0;
  reading: Reading | undefined = undefined;
  /** Accepted, and yet to be measured again. */
  askToRepeat = false;
  fate: Fate | undefined = undefined;
  effect: Effect | undefined = undefined;
  /** Where the reading was added to, in event order or between others. */
  projection: PatientProjection | undefined = undefined;
  inOrder = false;
  /** Where it stood in its series when it was added. */
  row = 0;

  constructor(origin: Origin, message: MessageSource, position: number, sentAt: number | undefined, source: unknown) {
    this.origin = origin;
    this.message = message;
    this.position = position;
    this.sentAt = sentAt;
    this.source = source;
  }
}

/** What a message carries beside its items: it takes part in isolation like an item, and is an item once it is given up. */
interface BesideItems {
  /** In its record, where an item has its index; see `besideIndexOf`. */
  readonly besideIndex: number;
}

export interface StatusReport extends BesideItems {
  readonly deviceKey: number;
  readonly receivedAt: number;
  readonly status: DecodedStatus;
}

/** A device said what its clock shows. */
export interface ClockTell extends BesideItems {
  /** If not, it counts for the times of this batch alone: it has no part in this trial, or was given up. */
  readonly isKept: boolean;
  readonly deviceKey: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

export interface Batch {
  readonly records: readonly JournalRecord[];
  /** Epoch ms at which the batch was begun. */
  readonly now: number;
  /** By `originKey`: items that were given up on after they had failed again and again. */
  readonly givenUp: ReadonlySet<string>;
  /** Whether an item, or what a message carries beside its items, takes part in this trial; absent: all do. */
  readonly takesPart: ((index: number) => boolean) | undefined;
  readonly items: Item[];
  readonly statuses: StatusReport[];
  readonly clockTells: ClockTell[];
  /** Devices of which a clock sample was added or replaced. */
  readonly changedClocks: Set<DeviceState>;
  /** At most one an identity. */
  readonly toStore: StoredReading[];
  readonly replaced: ReplacedReading[];
  /** Settles when the write that `store` has begun is over; rejects as it does. Nothing is read back and nothing committed before. */
  stored: Promise<void>;
  /** Projections that something was added to, each once. */
  readonly touched: PatientProjection[];
  /** Days that a projection holds readings of which no summary covers, since this batch. */
  readonly touchedDays: TouchedDay[];
  /** By `dayKey`. */
  readonly dirtyDays: Map<string, DirtyDay>;
  readonly evaluated: Evaluated;
  /** What devices did that no reading tells, each once a minute. */
  deviceEvents: readonly NotedEvent[];
}

export interface TouchedDay {
  readonly projection: PatientProjection;
  readonly day: UnflushedDay;
}

/** A day that its owner has to read again from the store. */
export interface DirtyDay {
  readonly patientKey: number;
  /** Local calendar day, YYYY-MM-DD. */
  readonly day: string;
  readonly partition: number;
  /** How many of the batch's readings lie in it. */
  readonly readings: number;
}

export const dayKey = (patientKey: number, day: string): string => `${patientKey} ${day}`;

/** Of all that the record's nth message carries beside its items; below that of a whole record, which is -1. */
export const besideIndexOf = (message: number): number => -2 - message;

export const originKey = ({ partition, seq, index }: Origin): string => `${partition}.${seq}.${index}`;

export interface BatchOptions {
  readonly records: readonly JournalRecord[];
  readonly now: number;
  readonly givenUp?: ReadonlySet<string>;
  readonly takesPart?: (index: number) => boolean;
}

const NOTHING: ReadonlySet<string> = new Set();
const NOTHING_TO_STORE: Promise<void> = Promise.resolve();

export function createBatch({ records, now, givenUp = NOTHING, takesPart }: BatchOptions): Batch {
  return {
    records,
    now,
    givenUp,
    takesPart,
    items: [],
    statuses: [],
    clockTells: [],
    changedClocks: new Set(),
    toStore: [],
    replaced: [],
    stored: NOTHING_TO_STORE,
    touched: [],
    touchedDays: [],
    dirtyDays: new Map(),
    evaluated: nothingEvaluated(),
    deviceEvents: [],
  };
}

/** Of a batch, what tells how far the journal has been read. */
export interface ReadParts {
  readonly records: readonly { readonly partition: number }[];
  readonly items: readonly {
    readonly origin: { readonly partition: number };
    readonly message: { readonly receivedAt: number };
  }[];
  readonly statuses: readonly { readonly receivedAt: number }[];
}

/**
 * Up to when (epoch ms) all partitions of a batch have been read: the one that is furthest behind decides. A read brings something of each
 * partition that has anything, so those that are not in the batch hold nothing. Undefined for a batch without messages.
 */
export function readUpTo({ records, items, statuses }: ReadParts): number | undefined {
  const newest = new Map<number, number>();
  for (const { origin, message } of items)
    newest.set(origin.partition, Math.max(message.receivedAt, newest.get(origin.partition) ?? 0));
  const isStatusOnly = records.some(({ partition }) => !newest.has(partition));
  const known = [...newest.values(), ...(isStatusOnly ? statuses.map(({ receivedAt }) => receivedAt) : [])];
  return known.length === 0 ? undefined : known.reduce((earliest, at) => Math.min(earliest, at));
}
