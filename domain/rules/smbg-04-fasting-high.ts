// SMBG-04: fasting glucose of 7.0 mmol/L or more (or the patient's own target) on 3 of the last 5 fasting days (clinical.md §4.2, §7).
// A fasting day has a fingerstick tagged so; it is high if one of them is. The last 5 are looked for in four weeks. Reasons:
// `fasting_high_on_days`, `not_beyond_line`, `not_enough_data`, `recovered`.
import { contextOf, type GlucoseSeries } from '../glucose-series.ts';
import { dayIndexOf, type HistoryDays } from '../history-days.ts';
import { createStepRule } from './create-step-rule.ts';
import { highLine, isBeyond } from './glucose-line.ts';
import type { HistoryRule } from './history-rule.ts';
import { mergeRows } from './merged-rows.ts';
import { type EvidenceReading, MAX_EVIDENCE } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Judgement, Step } from './walk-steps.ts';

const DEFAULTS = {
  // 7.0 mmol/L is 126.1 mg/dL: a meter in mmol/L that is stored in whole mg/dL shows 126 (clinical.md §2.2).
  fastingFrom: { value: 126, unit: 'mg/dL', mmolPerL: 7.0 },
  highDays: { value: 3, unit: 'days' },
  belowDays: { value: 3, unit: 'days' },
} as const;
const OF_FASTING_DAYS = 5;
const LOOK_BACK_DAYS = 28;
const DAY_MS = 86_400_000;

interface FastingDay {
  readonly index: number;
  /** Of the first that is high, epoch ms. */
  firstHighAt?: number;
  readonly high: EvidenceReading[];
}

export function createSmbg04FastingHigh(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const line = highLine(thresholds.fastingFrom, true);

  return createStepRule({
    id: 'SMBG-04',
    version: 1,
    title: 'Fasting glucose above target',
    condition: 'glucose',
    direction: 'high',
    thresholds,
    timing: { cooldownMs: 14 * DAY_MS },
    restsOn: ['smbg'],
    lookBackDays: LOOK_BACK_DAYS,
    mayStart: (kind, value, meta) => kind === 'smbg' && contextOf(meta) === 'fasting' && isBeyond(line, value, meta),
    steps({ smbg }, _profile, days) {
      const fasting = fastingDays(smbg, days, (value, meta) => isBeyond(line, value, meta));
      /** Fasting days of the four weeks before place `end`, from `since` (epoch ms) on. */
      const between = (end: number, since: number) =>
        fasting.filter(({ index }) => index < end && index >= end - LOOK_BACK_DAYS && days.startAt[index]! >= since);
      const judgeBefore = (end: number, settledUntil: number): Judgement => {
        const last = between(end, settledUntil).slice(-OF_FASTING_DAYS);
        const high = last.filter(({ firstHighAt }) => firstHighAt !== undefined);
        if (high.length >= thresholds.highDays.value) {
          const evidence = high.flatMap((day) => day.high).slice(-MAX_EVIDENCE);
          return { outcome: 'starts', severity: 'warning', reason: 'fasting_high_on_days', evidence };
        }
        return last.length < thresholds.highDays.value
          ? { outcome: 'unknown', reason: 'not_enough_data' }
          : { outcome: 'clear', reason: 'not_beyond_line' };
      };
      const midnights = days.startAt.map(
        (at, index): Step => ({
          at,
          judge: (settledUntil) => judgeBefore(index, settledUntil),
          ends(completedAt) {
            const last = between(index, completedAt).slice(-thresholds.belowDays.value);
            const areBelow = last.every(({ firstHighAt }) => firstHighAt === undefined);
            return last.length >= thresholds.belowDays.value && areBelow;
          },
        }),
      );
      // A day that is high once stays high: its alert needn't wait for the night.
      const highs = fasting.flatMap(({ index, firstHighAt }): Step[] =>
        firstHighAt === undefined
          ? []
          : [
              {
                at: firstHighAt,
                judge: (settledUntil) => judgeBefore(index + 1, settledUntil),
                ends: () => false,
              },
            ],
      );
      return [...midnights, ...highs].sort((a, b) => a.at - b.at);
    },
  });
}

/** Ascending. */
function fastingDays(
  smbg: readonly GlucoseSeries[],
  days: HistoryDays,
  isHigh: (value: number, meta: number) => boolean,
): FastingDay[] {
  const found: FastingDay[] = [];
  if (smbg.length === 0) return found;
  const rows = mergeRows(smbg, days.startAt[0]);
  while (rows.next()) {
    const { measuredAt, value, meta, series } = rows;
    if (contextOf(meta) !== 'fasting') continue;
    const index = dayIndexOf(days, measuredAt);
    if (found.at(-1)?.index !== index) found.push({ index, high: [] });
    if (!isHigh(value, meta)) continue;
    const day = found.at(-1)!;
    day.firstHighAt ??= measuredAt;
    day.high.push({ deviceKey: series.deviceKey, kind: 'smbg', measuredAt });
  }
  return found;
}
