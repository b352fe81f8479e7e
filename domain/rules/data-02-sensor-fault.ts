// DATA-02: a sensor that can't be believed: the same value for an hour, three jumps in an hour, or three error codes in an hour
// (clinical.md §3.7, §7; the flat line and the counts are unverified). Each sensor is judged by itself.
// Reasons: `flat_line`, `jumps`, `error_codes`, `recovered`, `late`, `steady`, `no_readings`.
import { mgPerDlOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import { isJump } from '../suspect-reading.ts';
import { evaluateTroubles, type Trouble, uniteTroubles } from './device-trouble.ts';
import { firstIndexFrom } from './merged-rows.ts';
import { type EvidenceReading, MAX_EVIDENCE, type PatientWindow, type Rule } from './rule.ts';
import { createSlotRun, slotsFor } from './slot-run.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  sameValueFor: { value: 60, unit: 'min' },
  jumps: { value: 3, unit: 'readings' },
  errorCodes: { value: 3, unit: 'events' },
  within: { value: 60, unit: 'min' },
  cleanFor: { value: 60, unit: 'min' },
} as const;

const MS_PER_MIN = 60_000;
const MS_PER_HOUR = 3_600_000;
/** An hour of one value, and an hour of jumps. */
const LEAD_MS = 2 * MS_PER_HOUR;
const NO_SERIES = { length: 0, measuredAt: [], value: [], meta: [], cadenceMin: 5 };

export function createData02SensorFault(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const { sameValueFor, jumps, errorCodes, within, cleanFor } = thresholds;
  const withinMs = within.value * MS_PER_MIN;
  const say = (reason: string) => ({ reason, thresholds });

  /** @param isOpen whether a trouble was open at `from` */
  const walk = (series: GlucoseSeries, errorsAt: readonly number[], from: number, isOpenBefore = false) => {
    const { measuredAt, meta, cadenceMin } = series;
    const found: { -readonly [Key in keyof Trouble]: Trouble[Key] }[] = [];
    let open: (typeof found)[number] | undefined;
    let isOpen = isOpenBefore;
    let recoveredAt: number | undefined;
    const same = createSlotRun();
    const clean = createSlotRun();
    const jumpRows: number[] = [];
    const errors: number[] = [];
    const sign = (
      reason: string,
      startAt: number,
      at: number,
      isInTime: boolean,
      evidence: () => EvidenceReading[],
    ) => {
      clean.reset();
      if (at < from) return;
      if (!isOpen) {
        open = { startAt: Math.max(startAt, from), completedAt: at, reason, evidence: evidence() };
        found.push(open);
        isOpen = true;
      }
      if (open !== undefined && isInTime) open.freshAt = at;
    };
    const row = (index: number) => {
      const at = measuredAt[index]!;
      const isInTime = (meta[index]! & META.late) === 0;
      if (!isSame(series, index)) same.reset();
      if (!isCode(meta[index]!)) same.add(at, index, cadenceMin);
      const jumped = isJumpAt(series, index);
      if (jumped) jumpRows.push(index);
      while (measuredAt[jumpRows[0]!]! <= at - withinMs) jumpRows.shift();
      const isFlat = same.slots >= slotsFor(sameValueFor.value, cadenceMin);
      if (isFlat) {
        sign('flat_line', same.startAt, at, isInTime, () => {
          const first = Math.max(same.startIndex, index + 1 - MAX_EVIDENCE);
          return readingsOf(
            series,
            Array.from({ length: index + 1 - first }, (_, i) => first + i),
          );
        });
      } else if (jumped && jumpRows.length >= jumps.value) {
        sign('jumps', measuredAt[jumpRows[0]!]!, at, isInTime, () => readingsOf(series, jumpRows));
      } else if (jumped) clean.reset();
      else {
        clean.add(at, index, cadenceMin);
        if (!isOpen || clean.slots < slotsFor(cleanFor.value, cadenceMin) || clean.startAt < from) return;
        recoveredAt ??= clean.startAt;
        if (open !== undefined) open.endAt = Math.max(clean.startAt, open.completedAt);
        open = undefined;
        isOpen = false;
      }
    };
    const error = (at: number) => {
      clean.reset();
      errors.push(at);
      while (errors[0]! <= at - withinMs) errors.shift();
      if (errors.length >= errorCodes.value) sign('error_codes', errors[0]!, at, true, () => []);
    };
    let nextError = 0;
    for (let index = 0; index < series.length; index++) {
      while (errorsAt[nextError]! <= measuredAt[index]!) error(errorsAt[nextError++]!);
      row(index);
    }
    while (nextError < errorsAt.length) error(errorsAt[nextError++]!);
    return { found, recoveredAt };
  };

  const sensorsOf = ({ cgm, deviceEvents }: PatientWindow) => {
    const errorsOf = (deviceKey: number) =>
      deviceEvents.flatMap((event) => (event.what === 'error_code' && event.deviceKey === deviceKey ? event.at : []));
    const silent = new Set(deviceEvents.flatMap(({ what, deviceKey }) => (what === 'error_code' ? deviceKey : [])));
    for (const { deviceKey } of cgm) silent.delete(deviceKey);
    const unheard = [...silent].map((deviceKey) => ({ ...NO_SERIES, deviceKey }));
    return [...cgm, ...unheard].map((series) => ({ series, errorsAt: errorsOf(series.deviceKey) }));
  };

  return {
    id: 'DATA-02',
    version: 1,
    title: 'Sensor at fault',
    condition: 'device',
    direction: 'none',
    kinds: ['cgm'],
    hearsDevices: true,
    thresholds,
    timing: { cooldownMs: 12 * MS_PER_HOUR },
    leadMs: LEAD_MS,
    // A sensor that was at fault days ago is of no use to anybody.
    listsPast: false,
    mayStart({ series, row }) {
      if (series === undefined) return false;
      if (isJumpAt(series, row)) return true;
      const { measuredAt } = series;
      // Slots may be a fifth of a cadence early: half of the time is less than they can add up to.
      const longEnoughAt = measuredAt[row]! - (sameValueFor.value / 2) * MS_PER_MIN;
      if (!isSame(series, row) || measuredAt[0]! > longEnoughAt) return false;
      // Looked at first, because between the two there may be thousands of rows.
      const oldest = firstIndexFrom(series, longEnoughAt + 1) - 1;
      if (series.value[oldest] !== series.value[row]) return false;
      for (let first = row - 1; first > oldest; first--) if (!isSame(series, first)) return false;
      return true;
    },
    evaluate(window, _profile, _now, settledUntil = Number.NEGATIVE_INFINITY) {
      const sensors = sensorsOf(window);
      if (!sensors.some(({ series, errorsAt }) => series.length > 0 || errorsAt.length > 0))
        return { verdict: 'unknown', episodes: [], explanation: say('no_readings') };
      const from = Math.max(window.from + LEAD_MS, settledUntil);
      const found = sensors.flatMap(({ series, errorsAt }) => walk(series, errorsAt, from).found);
      return evaluateTroubles(uniteTroubles(found), { severity: 'warning', thresholds, quiet: say('steady') });
    },
    findRecovery(window, completedAt) {
      const from = Math.max(window.from, completedAt);
      const heard = sensorsOf(window).filter(
        ({ series: { measuredAt, length }, errorsAt }) =>
          (measuredAt[length - 1] ?? from) > from || (errorsAt.at(-1) ?? from) > from,
      );
      const ends = heard.map(({ series, errorsAt }) => walk(series, errorsAt, from, true).recoveredAt);
      const known = ends.flatMap((at) => at ?? []);
      return known.length === 0 || known.length < ends.length ? undefined : Math.max(...known);
    },
  };
}

function readingsOf({ deviceKey, measuredAt }: Sensor, rows: readonly number[]): EvidenceReading[] {
  return rows.map((row) => ({ deviceKey, kind: 'cgm' as const, measuredAt: measuredAt[row]! }));
}

type Sensor = Pick<GlucoseSeries, 'deviceKey' | 'measuredAt'>;

/** The same value as the row before, as received. Off its scale a sensor can't tell values apart. */
function isSame({ value, meta }: GlucoseSeries, row: number): boolean {
  return value[row] === value[row - 1] && ((meta[row]! ^ meta[row - 1]!) & UNIT_AND_CODE) === 0 && !isCode(meta[row]!);
}

const UNIT_AND_CODE = META.mmol | META.low | META.high;

function isCode(meta: number): boolean {
  return (meta & (META.low | META.high)) !== 0;
}

function isJumpAt({ measuredAt, value, meta }: GlucoseSeries, row: number): boolean {
  if (row === 0) return false;
  const before = row - 1;
  return isJump(
    mgPerDlOf(value[before]!, meta[before]!),
    measuredAt[before]!,
    mgPerDlOf(value[row]!, meta[row]!),
    measuredAt[row]!,
  );
}
