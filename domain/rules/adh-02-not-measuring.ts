// ADH-02: no measurement of any kind for 14 whole local days, counted from registration where there never was one (clinical.md §6, §7).
// Reasons: `nothing_measured`, `measured`, `recovered`.
import type { GlucoseSeries } from '../glucose-series.ts';
import { dayIndexOf, type HistoryDays } from '../history-days.ts';
import { createStepRule } from './create-step-rule.ts';
import type { HistoryRule, PatientHistory } from './history-rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';
import type { Step } from './walk-steps.ts';

const DEFAULTS = { silentFor: { value: 14, unit: 'days' } } as const;
const DAY_MS = 86_400_000;

export function createAdh02NotMeasuring(team?: ThresholdOverrides, patient?: ThresholdOverrides): HistoryRule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const silentDays = Math.ceil(thresholds.silentFor.value);

  return createStepRule({
    id: 'ADH-02',
    version: 1,
    title: 'Nothing measured for 14 days',
    condition: 'adherence',
    direction: 'none',
    thresholds,
    timing: { cooldownMs: 14 * DAY_MS },
    // Who measures again is not lost.
    listsPast: false,
    restsOn: ['cgm_day', 'smbg', 'bp', 'care'],
    lookBackDays: silentDays,
    endsWithAnyReading: true,
    steps(history, { registeredAt }, days) {
      const firstOfDays = firstMeasuredAt(history, days);
      const midnights = days.startAt.map((at, index): Step => {
        const isSilent = () => {
          const from = days.startAt[index - silentDays]!;
          return registeredAt < from && !firstOfDays.some((measuredAt) => measuredAt >= from && measuredAt < at);
        };
        return {
          at,
          judge: () =>
            isSilent()
              ? { outcome: 'starts', severity: 'warning', reason: 'nothing_measured', evidence: [] }
              : { outcome: 'clear', reason: 'measured' },
          ends: () => false,
        };
      });
      const measurements = firstOfDays.map(
        (at): Step => ({ at, judge: () => ({ outcome: 'clear', reason: 'measured' }), ends: () => true }),
      );
      return [...midnights, ...measurements].sort((a, b) => a.at - b.at);
    },
  });
}

/** Of each local day the first measurement that is known, epoch ms, ascending. */
function firstMeasuredAt({ cgmDays, smbg, bp, lastAt }: PatientHistory, days: HistoryDays): number[] {
  const first = new Map<number, number>();
  const see = (at: number) => {
    const index = dayIndexOf(days, at);
    first.set(index, Math.min(at, first.get(index) ?? at));
  };
  for (const { firstMeasuredAt: at } of cgmDays) if (at !== undefined) see(at);
  for (const series of smbg) instantsOf(series).forEach(see);
  for (const { measuredAt } of bp) see(measuredAt);
  for (const at of Object.values(lastAt)) see(at);
  return [...first.values()].sort((a, b) => a - b);
}

const instantsOf = ({ measuredAt, length }: GlucoseSeries): number[] => Array.from(measuredAt).slice(0, length);
