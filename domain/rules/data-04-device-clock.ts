// DATA-04: a device whose clock is more than 5 min ahead, or that uploads what is more than a day old (clinical.md §1.1, §7): times drive
// every rule. Over with a reading of the device that is in tolerance: on time, and nothing of the kind told with it.
// Reasons: `clock_ahead`, `stale_upload`, `recovered`, `in_tolerance`.
import type { DeviceEvent } from '../device-event.ts';
import { META } from '../glucose-series.ts';
import { LIVE_WITHIN_MS } from '../reading.ts';
import { evaluateTroubles, type Trouble, uniteTroubles } from './device-trouble.ts';
import type { PatientWindow, Rule } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

/** As device-event.ts has them told: shown, not judged by here. */
const DEFAULTS = {
  aheadBy: { value: 5, unit: 'min', fixed: true },
  staleAfter: { value: 24, unit: 'h', fixed: true },
} as const;

/** One event a minute is told, and a reading may be on its way for as long as a clock may be ahead. */
const TOLD_WITHIN_MS = { before: 60_000, after: DEFAULTS.aheadBy.value * 60_000 };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export function createData04DeviceClock(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const say = (reason: string) => ({ reason, thresholds });

  const troublesOf = (events: readonly DeviceEvent[], window: PatientWindow, from: number): Trouble[] => {
    const found: Mutable<Trouble>[] = [];
    for (const { at, what } of events) {
      const last = found.at(-1);
      if (last !== undefined && last.endAt === undefined) last.endAt = toleratedAt(window, events, last.freshAt!, at);
      if (last !== undefined && last.endAt === undefined) last.freshAt = at;
      else if (at >= from) found.push({ startAt: at, completedAt: at, freshAt: at, reason: what, evidence: [] });
    }
    const last = found.at(-1);
    if (last !== undefined) last.endAt = toleratedAt(window, events, last.freshAt!, Number.POSITIVE_INFINITY);
    return found;
  };

  return {
    id: 'DATA-04',
    version: 1,
    title: 'Device clock wrong, or an upload of old readings',
    condition: 'device',
    direction: 'none',
    kinds: ['cgm', 'smbg', 'bp'],
    hearsDevices: true,
    thresholds,
    timing: { cooldownMs: 24 * 3_600_000 },
    listsPast: false,
    // A reading ends it and never starts it; what starts it is told as a device's event.
    mayStart: () => false,
    evaluate(window, _profile, _now, settledUntil = Number.NEGATIVE_INFINITY) {
      const events = window.deviceEvents.filter(({ what }) => what !== 'error_code');
      const byDevice = Map.groupBy(events, ({ deviceKey }) => deviceKey);
      const from = Math.max(window.from, settledUntil);
      const troubles = [...byDevice.values()].flatMap((some) => troublesOf(some, window, from));
      return evaluateTroubles(uniteTroubles(troubles), { severity: 'info', thresholds, quiet: say('in_tolerance') });
    },
    findRecovery(window, completedAt) {
      const events = window.deviceEvents.filter(({ what }) => what !== 'error_code');
      const readings = onTimeReadings(window, completedAt, Number.POSITIVE_INFINITY);
      const ends = readings.filter(({ deviceKey, at }) => !isToldWith(events, deviceKey, at)).map(({ at }) => at);
      return ends.length === 0 ? undefined : Math.min(...ends);
    },
  };
}

interface OnTime {
  readonly deviceKey: number;
  readonly at: number;
}

/** The first reading of the events' device between two instants that is in tolerance. */
function toleratedAt(
  window: PatientWindow,
  events: readonly DeviceEvent[],
  after: number,
  before: number,
): number | undefined {
  const { deviceKey } = events[0]!;
  let earliestAt: number | undefined;
  for (const { at } of onTimeReadings(window, after, before, deviceKey)) {
    if (isToldWith(events, deviceKey, at)) continue;
    earliestAt = Math.min(at, earliestAt ?? at);
  }
  return earliestAt;
}

function isToldWith(events: readonly DeviceEvent[], deviceKey: number, measuredAt: number): boolean {
  return events.some(
    (event) =>
      event.deviceKey === deviceKey &&
      event.at > measuredAt - TOLD_WITHIN_MS.before &&
      event.at <= measuredAt + TOLD_WITHIN_MS.after,
  );
}

/** Neither late nor of a clock that could not be trusted, after one instant and before another. */
function onTimeReadings({ cgm, smbg, bp }: PatientWindow, after: number, before: number, deviceKey?: number): OnTime[] {
  const isMeant = (key: number, at: number) =>
    at > after && at < before && (deviceKey === undefined || key === deviceKey);
  const onTime: OnTime[] = [];
  for (const series of [...cgm, ...smbg]) {
    for (let row = series.length - 1; row >= 0 && series.measuredAt[row]! > after; row--) {
      const at = series.measuredAt[row]!;
      if ((series.meta[row]! & (META.late | META.clock)) === 0 && isMeant(series.deviceKey, at))
        onTime.push({ deviceKey: series.deviceKey, at });
    }
  }
  for (const reading of bp) {
    const isOnTime = reading.receivedAt - reading.measuredAt <= LIVE_WITHIN_MS && !reading.flags.includes('clock');
    if (isOnTime && isMeant(reading.deviceKey, reading.measuredAt))
      onTime.push({ deviceKey: reading.deviceKey, at: reading.measuredAt });
  }
  return onTime;
}
