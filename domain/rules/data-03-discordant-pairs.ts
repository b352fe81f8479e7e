// DATA-03: fingersticks and a sensor disagree twice in a row (clinical.md §4.3, §7: the 20/20 band). Each sensor is judged by itself.
// Reasons: `discordant_pairs`, `recovered`, `late`, `in_agreement`, `below_persistence` (one pair disagrees), `no_pairs`.
import { type GlucoseSeries, META } from '../glucose-series.ts';
import { type CgmSmbgPair, cgmSmbgPairs } from '../smbg/cgm-smbg-pair.ts';
import { evaluateTroubles, type Trouble, uniteTroubles } from './device-trouble.ts';
import { rowAt } from './merged-rows.ts';
import type { EvidenceReading, PatientWindow, Rule } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  pairs: { value: 2, unit: 'events' },
  within: { value: 24, unit: 'h' },
} as const;

const MS_PER_HOUR = 3_600_000;
/** A pair's two readings lie at most so far apart, and the slope beside it looks back 15 min (clinical.md §4.3, §3.7). */
const PAIR_WITHIN_MS = 5 * 60_000;
const LEAD_MS = 20 * 60_000;

export function createData03DiscordantPairs(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const { pairs: wanted, within } = thresholds;
  const withinMs = within.value * MS_PER_HOUR;
  const say = (reason: string) => ({ reason, thresholds });

  /** @param pairs of one sensor, in time order */
  const troublesOf = (pairs: readonly CgmSmbgPair[], window: PatientWindow): Trouble[] => {
    const found: { -readonly [Key in keyof Trouble]: Trouble[Key] }[] = [];
    let open: (typeof found)[number] | undefined;
    let run: CgmSmbgPair[] = [];
    for (const pair of pairs) {
      if (!pair.discordant) {
        if (open !== undefined) open.endAt = knownAt(pair);
        open = undefined;
        run = [];
        continue;
      }
      run = [...run.filter(({ smbgAt }) => pair.smbgAt - smbgAt <= withinMs), pair];
      const isFresh = cameInTime(pair, window);
      if (open === undefined && run.length >= wanted.value) {
        open = {
          startAt: run[0]!.smbgAt,
          completedAt: knownAt(pair),
          reason: 'discordant_pairs',
          evidence: readingsOf(run),
        };
        found.push(open);
      }
      if (open !== undefined && isFresh) open.freshAt = knownAt(pair);
    }
    return found;
  };

  return {
    id: 'DATA-03',
    version: 1,
    title: 'Sensor and fingersticks disagree',
    condition: 'device',
    direction: 'none',
    kinds: ['cgm', 'smbg'],
    thresholds,
    timing: { cooldownMs: 24 * MS_PER_HOUR },
    leadMs: LEAD_MS,
    listsPast: false,
    mayStart({ kind, measuredAt, window }) {
      // A reading of the sensor may be nearer to a fingerstick than the one before it.
      const others = kind === 'cgm' ? window.smbg : window.cgm;
      return others.some((series) => newestAt(series) >= measuredAt - PAIR_WITHIN_MS);
    },
    evaluate(window, _profile, _now, settledUntil = Number.NEGATIVE_INFINITY) {
      const from = Math.max(window.from + LEAD_MS, settledUntil);
      const pairs = pairsIn(window).filter(({ smbgAt, cgmAt }) => Math.min(smbgAt, cgmAt) >= from);
      if (pairs.length === 0) return { verdict: 'clear', episodes: [], explanation: say('no_pairs') };
      const bySensor = Map.groupBy(pairs, ({ cgmDeviceKey }) => cgmDeviceKey);
      const troubles = uniteTroubles([...bySensor.values()].flatMap((some) => troublesOf(some, window)));
      const newest = pairs.at(-1)!;
      const quiet = newest.discordant
        ? { ...say('below_persistence'), readings: readingsOf([newest]) }
        : say('in_agreement');
      return evaluateTroubles(troubles, { severity: 'warning', thresholds, quiet });
    },
    findRecovery(window, completedAt) {
      const concordant = pairsIn(window).find((pair) => !pair.discordant && knownAt(pair) > completedAt);
      return concordant && knownAt(concordant);
    },
  };
}

function pairsIn({ cgm, smbg }: PatientWindow): CgmSmbgPair[] {
  return smbg.length === 0 ? [] : cgmSmbgPairs(cgm, smbg);
}

function knownAt({ cgmAt, smbgAt }: CgmSmbgPair): number {
  return Math.max(cgmAt, smbgAt);
}

function cameInTime(
  { cgmDeviceKey, cgmAt, smbgDeviceKey, smbgAt }: CgmSmbgPair,
  { cgm, smbg }: PatientWindow,
): boolean {
  return isInTime(cgm, cgmDeviceKey, cgmAt) && isInTime(smbg, smbgDeviceKey, smbgAt);
}

function isInTime(list: readonly GlucoseSeries[], deviceKey: number, at: number): boolean {
  const series = list.find((one) => one.deviceKey === deviceKey);
  return series !== undefined && (series.meta[rowAt(series, at)]! & META.late) === 0;
}

/** Each once, in time order: two fingersticks may be compared with one reading of the sensor. */
function readingsOf(pairs: readonly CgmSmbgPair[]): EvidenceReading[] {
  const readings = pairs.flatMap(({ cgmDeviceKey, cgmAt, smbgDeviceKey, smbgAt }): EvidenceReading[] => [
    { deviceKey: cgmDeviceKey, kind: 'cgm', measuredAt: cgmAt },
    { deviceKey: smbgDeviceKey, kind: 'smbg', measuredAt: smbgAt },
  ]);
  const known = new Map(readings.map((reading) => [`${reading.deviceKey} ${reading.measuredAt}`, reading]));
  return [...known.values()].sort((a, b) => a.measuredAt - b.measuredAt);
}

function newestAt({ length, measuredAt }: GlucoseSeries): number {
  return length === 0 ? Number.NEGATIVE_INFINITY : measuredAt[length - 1]!;
}
