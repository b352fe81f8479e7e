// CGM-08: two or more level-1 lows that began between 00:00 and 05:59 local, in seven nights (clinical.md §3.6, §7). A night is judged at
// 08:00. "None for 7 d" (clear): seven local days, each with 70 % of its slots (§3.1), and the night after them.
// Reasons: `night_lows`, `not_enough_events`, `no_readings`, `recovered`.
import { bandIndexOf } from '../glucose-class.ts';
import { type GlucoseSeries, META } from '../glucose-series.ts';
import type { DaySummary } from '../metrics/day-summary.ts';
import { glucoseEvents } from '../metrics/glucose-events.ts';
import { judgeSufficiency, SUFFICIENT_PERCENT } from '../metrics/sufficiency.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule } from './history-rule.ts';
import { beginsInNight, hasLow, NIGHT_JUDGED_AFTER_MS, nightOf } from './night-of.ts';
import { type EvidenceReading, MAX_EVIDENCE } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = { eventsFrom: { value: 2, unit: 'events' } } as const;
const WEEK = 7;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export function createCgm08NightLows(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);

  return createStepRule({
    id: 'CGM-08',
    version: 1,
    title: 'Low glucose in several nights',
    condition: 'glucose',
    direction: 'low',
    thresholds,
    timing: { cooldownMs: WEEK * DAY_MS },
    restsOn: ['cgm_day'],
    lookBackDays: WEEK,
    // What comes after the night was judged needn't wait for the next; what comes in time is seen at 08:00.
    mayStart: (kind, value, meta) => kind === 'cgm' && (meta & META.late) !== 0 && isLow(value, meta),
    steps({ cgmDays, cgm }, { timeZone }, { name, startAt }) {
      const byDay = new Map(cgmDays.map((summary) => [summary.day, summary]));
      const found = new Map<number, readonly number[]>();
      /** Where the lows of one night began, epoch ms. */
      const lowsOf = (index: number): readonly number[] => {
        const known = found.get(index);
        if (known !== undefined) return known;
        const summary = byDay.get(name[index]!);
        const lows = summary && hasLow(summary) ? nightLowsAt(cgm, startAt[index]!, timeZone) : [];
        found.set(index, lows);
        return lows;
      };
      return startAt.map((dayAt, index): Step => {
        const at = dayAt + NIGHT_JUDGED_AFTER_MS;
        const week = [...Array(WEEK).keys()].map((n) => index - n).reverse();
        return {
          at,
          judge() {
            const lows = week.flatMap(lowsOf);
            if (lows.length >= thresholds.eventsFrom.value) {
              const evidence = lows.slice(-MAX_EVIDENCE).flatMap((low) => firstReadingFrom(cgm, low) ?? []);
              return { outcome: 'starts', severity: 'warning', reason: 'night_lows', evidence };
            }
            return week.some((night) => byDay.has(name[night]!))
              ? { outcome: 'clear', reason: 'not_enough_events' }
              : { outcome: 'unknown', reason: 'no_readings' };
          },
          // Where it ends there was no low for a week, so none counts twice.
          ends() {
            const before = week.map((night) => night - 1);
            const isSeen = (day: number) =>
              isActive(byDay.get(name[day]!), (startAt[day + 1]! - startAt[day]!) / MINUTE_MS);
            const isFree = before.every((day) => isSeen(day) && lowsOf(day).length === 0);
            return isFree && lowsOf(index).length === 0;
          },
        };
      });
    },
    nextStepAt({ cgmDays }, _profile, { name, startAt }) {
      const newest = cgmDays.at(-1)?.day;
      const isWorn = newest !== undefined && newest >= (name.at(-2) ?? newest);
      return isWorn ? startAt.at(-1)! + NIGHT_JUDGED_AFTER_MS : undefined;
    },
  });
}

/** Very low or low. */
function isLow(value: number, meta: number): boolean {
  return bandIndexOf(value, meta) < 2;
}

function nightLowsAt(cgm: readonly GlucoseSeries[], dayAt: number, timeZone: string): number[] {
  const events = glucoseEvents(cgm, nightOf(dayAt), timeZone)?.events.hypoL1 ?? [];
  return events.map((event) => event.startAt).filter((at) => beginsInNight(at, dayAt, timeZone));
}

function isActive(summary: DaySummary | undefined, dayMin: number): boolean {
  return summary !== undefined && judgeSufficiency(summary.coveredMin, dayMin).activePercent >= SUFFICIENT_PERCENT;
}

/** The grid's slot may lie between two readings: the one that follows it. */
function firstReadingFrom(cgm: readonly GlucoseSeries[], at: number): EvidenceReading | undefined {
  const candidates = cgm.flatMap(({ deviceKey, measuredAt, length }) => {
    const found = Array.from(measuredAt)
      .slice(0, length)
      .find((instant) => instant >= at);
    return found === undefined ? [] : [{ deviceKey, kind: 'cgm' as const, measuredAt: found }];
  });
  return candidates.sort((a, b) => a.measuredAt - b.measuredAt || a.deviceKey - b.deviceKey)[0];
}
