// What ingest holds of one patient: the readings of today and yesterday, the signals as persisted, the days not yet summarised.
// Rebuildable from the store at any moment; changed by one turn of the loop at a time.
import type { DeviceEvent } from '../../domain/device-event.ts';
import { DEFAULT_CADENCE_MIN } from '../../domain/device-model.ts';
import { type LocalDayBounds, localDayBounds, localDayOf } from '../../domain/local-day.ts';
import type { BloodPressureReading, GlucoseKind, Reading } from '../../domain/reading.ts';
import type { PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { PatientWindow } from '../../domain/rules/rule.ts';
import { minuteOf } from '../../storage/readings/device-events.ts';
import type { PatientEntry } from '../../storage/registry/patient-profiles.ts';
import type { PatientState } from './patient-state.ts';
import { SeriesColumns } from './series-columns.ts';

/** A local day with readings that its stored summary doesn't cover. */
export interface UnflushedDay extends LocalDayBounds {
  /** YYYY-MM-DD. */
  readonly day: string;
  /** Of its row in dirty_days; undefined until the turn that touched it has committed. */
  mark: number | undefined;
}

/** With two episodes of 1,200 each: `npm run bench -- --only projections`. */
const BYTES_OF_THE_REST = 4_900;
const BYTES_PER_PRESSURE = 250;
const BYTES_PER_EVENT = 60;

/** It is a window itself, so that looking at it costs nothing. */
export class PatientProjection implements PatientWindow {
  readonly patientKey: number;
  readonly partition: number;
  readonly state: PatientState;
  entry: PatientEntry;
  readonly cgm: SeriesColumns[] = [];
  readonly smbg: SeriesColumns[] = [];
  readonly bp: BloodPressureReading[] = [];
  readonly deviceEvents: DeviceEvent[] = [];
  /** Nothing measured before is held; the first instant of yesterday, or later where a device sent more than is kept. */
  from = 0;
  /** When the days move on. */
  validUntil = 0;
  /** By the rule's place in the catalogue; NO_SIGNAL where nothing is persisted. */
  signals: PersistedSignal[];
  /** Bit n: rule n was clear with no open episode when it was last evaluated, and `mayStart` decides whether to look again. */
  quietRules = 0;
  /** Bit n: rule n has to be evaluated. */
  pendingRules = 0;
  /** Readings that came since the last evaluation. */
  pendingReadings = 0;
  /** When each rule wants to be asked again, epoch ms; Infinity: not before a reading comes. */
  readonly deadlines: number[];
  /** Newest `measuredAt` that each rule had seen when it was last evaluated; undefined until then. */
  readonly judgedUntil: (number | undefined)[];
  unflushed: UnflushedDay[] = [];
  /** When the first of them was touched, epoch ms. */
  unflushedSince = 0;
  /** The turn that used it last, and the bytes it was counted with, for the cache. */
  usedInTurn = 0;
  countedBytes = 0;
  /** The batch that touched it last, so that a batch lists it once. */
  touchedIn: object | undefined = undefined;

  constructor(entry: PatientEntry, partition: number, state: PatientState, signals: PersistedSignal[]) {
    this.patientKey = entry.patientKey;
    this.partition = partition;
    this.entry = entry;
    this.state = state;
    this.signals = signals;
    this.deadlines = signals.map(() => Number.POSITIVE_INFINITY);
    this.judgedUntil = signals.map(() => undefined);
  }

  get timeZone(): string {
    return this.entry.profile.timeZone;
  }

  get bytes(): number {
    let bytes = BYTES_OF_THE_REST + this.bp.length * BYTES_PER_PRESSURE + this.deviceEvents.length * BYTES_PER_EVENT;
    for (const series of this.cgm) bytes += series.bytes;
    for (const series of this.smbg) bytes += series.bytes;
    return bytes;
  }

  /** Moves the window to today and yesterday at `now`; answers the unflushed days that fell out of it. */
  rollTo(now: number): UnflushedDay[] {
    if (now < this.validUntil) return [];
    const { from, validUntil } = todayAndYesterday(now, this.timeZone);
    this.validUntil = validUntil;
    this.from = from;
    for (const series of this.cgm) series.dropBefore(this.from);
    for (const series of this.smbg) series.dropBefore(this.from);
    const firstKept = this.bp.findIndex(({ measuredAt }) => measuredAt >= this.from);
    this.bp.splice(0, firstKept === -1 ? this.bp.length : firstKept);
    const firstEvent = this.deviceEvents.findIndex(({ at }) => at >= this.from);
    this.deviceEvents.splice(0, firstEvent === -1 ? this.deviceEvents.length : firstEvent);
    this.signals = this.signals.map((signal) => withoutEpisodesBefore(signal, this.from));
    const gone = this.unflushed.filter(({ startAt }) => startAt < this.from);
    if (gone.length > 0) this.unflushed = this.unflushed.filter(({ startAt }) => startAt >= this.from);
    return gone;
  }

  /** Whether it came after everything of its kind; the caller has seen to it that it lies in the window and counts. */
  add(reading: Reading): boolean {
    const { kind, measuredAt } = reading;
    const isNewest = measuredAt >= (this.state.lastAt(kind) ?? Number.NEGATIVE_INFINITY);
    this.state.saw(kind, measuredAt);
    if (kind === 'bp') return this.#addPressure(reading) && isNewest;
    const series = this.seriesOf(kind, reading.deviceKey);
    const inOrder = series.insert(reading);
    if (series.completeFrom > this.from) this.from = series.completeFrom;
    return inOrder && isNewest;
  }

  /** The day of an instant as one that needs a summary; undefined where that is known already. */
  touchDay(measuredAt: number, now: number): UnflushedDay | undefined {
    for (const known of this.unflushed) if (measuredAt >= known.startAt && measuredAt < known.endAt) return undefined;
    if (this.unflushed.length === 0) this.unflushedSince = now;
    const day = localDayOf(measuredAt, this.timeZone);
    const touched = { day, ...localDayBounds(day, this.timeZone), mark: undefined };
    this.unflushed.push(touched);
    return touched;
  }

  /** Whether it is news: of its minute the first that is known, in the window. */
  addDeviceEvent({ deviceKey, what, at }: DeviceEvent): boolean {
    const minute = minuteOf({ at });
    const isKnown = this.deviceEvents.some(
      (other) => other.deviceKey === deviceKey && other.what === what && minuteOf(other) === minute,
    );
    if (isKnown || at < this.from) return false;
    let row = this.deviceEvents.length;
    while (row > 0 && this.deviceEvents[row - 1]!.at > at) row--;
    this.deviceEvents.splice(row, 0, { deviceKey, what, at });
    return true;
  }

  get lastCgmAt(): number | undefined {
    return this.state.lastAt('cgm');
  }

  /** Where a reading stands that has just been added in order. */
  lastRowOf({ kind, deviceKey }: Reading): number {
    return (kind === 'bp' ? this.bp : this.seriesOf(kind, deviceKey)).length - 1;
  }

  seriesOf(kind: GlucoseKind, deviceKey: number): SeriesColumns {
    const list = this[kind];
    for (const series of list) if (series.deviceKey === deviceKey) return series;
    const added = new SeriesColumns(deviceKey, this.#cadenceOf(deviceKey), kind === 'cgm');
    list.push(added);
    return added;
  }

  #cadenceOf(deviceKey: number): number {
    const device = this.entry.devices.find((candidate) => candidate.deviceKey === deviceKey);
    return device?.model?.cadenceMin ?? DEFAULT_CADENCE_MIN;
  }

  #addPressure(reading: BloodPressureReading): boolean {
    let row = this.bp.length;
    while (row > 0 && isAfter(this.bp[row - 1]!, reading)) row--;
    const inOrder = row === this.bp.length;
    this.bp.splice(row, 0, reading);
    return inOrder;
  }
}

function isAfter(a: BloodPressureReading, b: BloodPressureReading): boolean {
  return (
    a.measuredAt - b.measuredAt > 0 || (a.measuredAt === b.measuredAt && (a.deviceKey - b.deviceKey || a.at - b.at) > 0)
  );
}

function withoutEpisodesBefore(signal: PersistedSignal, from: number): PersistedSignal {
  const episodes = signal.episodes.filter(({ endAt }) => endAt === undefined || endAt > from);
  return episodes.length === signal.episodes.length ? signal : { ...signal, episodes };
}

/** What a projection covers: from the first instant of yesterday on, until today is over. */
export function todayAndYesterday(now: number, timeZone: string): { from: number; validUntil: number } {
  const today = localDayBounds(localDayOf(now, timeZone), timeZone);
  return { from: localDayBounds(localDayOf(today.startAt - 1, timeZone), timeZone).startAt, validUntil: today.endAt };
}

/** Readings that never count: what a device measured of its control solution. */
export const counts = ({ flags }: Reading): boolean => flags.length === 0 || !flags.includes('control_solution');
