// DATA-04: a device whose clock is more than 5 min ahead, or that uploads what is more than a day old (clinical.md §1.1, §7): times drive
// every rule. Over with a reading of the device that is in tolerance: on time, and nothing of the kind told with it.
// Reasons: `clock_ahead`, `stale_upload`, `recovered`, `in_tolerance`.
import type { DeviceEvent } from '../device-event.ts';
import { META } from '../glucose-series.ts';
import { LIVE_WITHIN_MS } from '../reading.ts';
import { evaluateTroubles, type Trouble, uniteTroubles } from './device-trouble.ts';
import { firstIndexFrom } from './merged-rows.ts';
import type { PatientWindow, Rule } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

/** As device-event.ts has them told: shown, not judged by here. */
const DEFAULTS = {
  aheadBy: { value: 5, unit: 'min', fixed: 'judged_on_arrival' },
  staleAfter: { value: 24, unit: 'h', fixed: 'judged_on_arrival' },
} as const;

/** One event a minute is told, and a reading may be on its way for as long as a clock may be ahead. */
const TOLD_WITHIN_MS = { before: 60_000, after: DEFAULTS.aheadBy.value * 60_000 };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export function createData04DeviceClock(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const say = (reason: string) => ({ reason, thresholds });

  /** @param events of one device */
  const troublesOf = (events: readonly DeviceEvent[], window: PatientWindow, from: number): Trouble[] => {
    const { deviceKey, at: firstAt } = events[0]!;
    const tolerated = readingsOnTime(window, firstAt).filter(
      (reading) => reading.deviceKey === deviceKey && !isToldWith(events, reading),
    );
    const found: Mutable<Trouble>[] = [];
    let open: Mutable<Trouble> | undefined;
    const points: Told[] = [...events, ...tolerated];
    for (const { at, what } of points.sort((a, b) => a.at - b.at)) {
      if (what === undefined) {
        if (open !== undefined) open.endAt = at;
        open = undefined;
      } else if (open !== undefined) open.freshAt = at;
      else if (at >= from) {
        const begun = { startAt: at, completedAt: at, freshAt: at, reason: what, evidence: [] };
        found.push(begun);
        open = begun;
      }
    }
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
      const ends = readingsOnTime(window, completedAt + 1).filter((reading) => !isToldWith(events, reading));
      return ends.length === 0 ? undefined : Math.min(...ends.map(({ at }) => at));
    },
  };
}

/** An event, or a reading in tolerance. */
type Told = Pick<DeviceEvent, 'at'> & Partial<Pick<DeviceEvent, 'what'>>;

interface OnTime {
  readonly deviceKey: number;
  readonly at: number;
}

function isToldWith(events: readonly DeviceEvent[], { deviceKey, at }: OnTime): boolean {
  return events.some(
    (event) =>
      event.deviceKey === deviceKey && event.at > at - TOLD_WITHIN_MS.before && event.at <= at + TOLD_WITHIN_MS.after,
  );
}

/** From an instant on, neither late nor of a clock that could not be trusted. */
function readingsOnTime({ cgm, smbg, bp }: PatientWindow, fromAt: number): OnTime[] {
  const onTime: OnTime[] = [];
  for (const series of [...cgm, ...smbg]) {
    const { deviceKey, measuredAt, meta, length } = series;
    for (let row = firstIndexFrom(series, fromAt); row < length; row++) {
      if ((meta[row]! & (META.late | META.clock)) === 0) onTime.push({ deviceKey, at: measuredAt[row]! });
    }
  }
  for (const { deviceKey, measuredAt, receivedAt, flags } of bp) {
    const isLate = receivedAt - measuredAt > LIVE_WITHIN_MS;
    if (measuredAt >= fromAt && !isLate && !flags.includes('clock')) onTime.push({ deviceKey, at: measuredAt });
  }
  return onTime;
}
