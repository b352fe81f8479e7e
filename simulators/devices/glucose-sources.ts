// The two glucose devices: a CGM that measures by the clock, and a glucometer that people use around meals.
import { mmolPerLFromMgPerDl, roundHalfAwayFromZero } from '../../domain/units.ts';
import type { GlucoseTrace } from '../traces/glucose-trace.ts';
import { formatWithOffset, HOUR_MS, localDayOf, MINUTE_MS, startOfLocalDay } from '../traces/local-day.ts';
import { bell, createRandom, type Random, randomAt, seedFrom } from '../traces/random.ts';
import { type GlucoseWireReading, type ReadingSource, seqAt } from './wire-reading.ts';

export interface GlucoseDevice {
  readonly seed: number;
  readonly offsetMs: number;
  readonly trace: GlucoseTrace;
  readonly unit: 'mg/dL' | 'mmol/L';
}

export const CGM_CADENCE_MS = 5 * MINUTE_MS;
/** The scale of the virtual CGM and glucometer, both ends included; beyond it they show LOW and HIGH. */
const CGM_SCALE_MG_PER_DL = { lowest: 40, highest: 400 };
const METER_SCALE_MG_PER_DL = { lowest: 20, highest: 600 };

export function createCgmSource({ seed, offsetMs, trace, unit }: GlucoseDevice): ReadingSource {
  // Each sensor was put on at its own moment, so that a fleet doesn't speak in unison.
  const phaseMs = Math.floor((randomAt(seedFrom(seed, 'phase'), 0) * CGM_CADENCE_MS) / 1_000) * 1_000;
  return (from, to) => {
    const readings: GlucoseWireReading[] = [];
    const first = Math.ceil((from - phaseMs) / CGM_CADENCE_MS) * CGM_CADENCE_MS + phaseMs;
    for (let at = first; at < to; at += CGM_CADENCE_MS) {
      const shown = onScale(trace(at), unit, CGM_SCALE_MG_PER_DL);
      readings.push({ kind: 'cgm', at: formatWithOffset(at, offsetMs), value: shown, unit, seq: seqAt(at) });
    }
    return readings;
  };
}

/** How often people measure when they are asked to: kept share of each occasion. */
const OCCASIONS = [
  { context: 'fasting', atHours: 6.6, kept: 0.9 },
  { context: 'before_meal', atHours: 11.8, kept: 0.3 },
  { context: 'after_meal', atHours: 14.2, kept: 0.6 },
  { context: 'random', atHours: 16.5, kept: 0.1 },
  { context: 'bedtime', atHours: 22, kept: 0.5 },
] as const;

/** `extraAt`: measurements beside the usual ones, epoch ms. */
export function createGlucometerSource(
  { seed, offsetMs, trace, unit }: GlucoseDevice,
  extraAt: readonly number[] = [],
): ReadingSource {
  const measure = (exactAt: number, context: string, random: Random) => {
    const at = Math.round(exactAt / 1_000) * 1_000;
    const value = onScale(trace(at) * (1 + 0.03 * bell(random)), unit, METER_SCALE_MG_PER_DL);
    return { kind: 'smbg' as const, at, value, unit, context, seq: seqAt(at) };
  };
  const measurementsOf = (day: number) =>
    OCCASIONS.flatMap(({ context, atHours, kept }) => {
      const random = createRandom(seedFrom(seed, context, day));
      if (random() >= kept) return [];
      return [
        measure(startOfLocalDay(day, offsetMs) + atHours * HOUR_MS + bell(random) * 15 * MINUTE_MS, context, random),
      ];
    });
  return (from, to) => {
    const readings = extraAt
      .filter((at) => at > from - MINUTE_MS && at < to + MINUTE_MS)
      .map((at) => measure(at, 'random', createRandom(seedFrom(seed, 'extra', at))));
    const lastDay = localDayOf(to, offsetMs);
    for (let day = localDayOf(from, offsetMs); day <= lastDay; day++) readings.push(...measurementsOf(day));
    return readings.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
  };
}

function onScale(
  mgPerDl: number,
  unit: 'mg/dL' | 'mmol/L',
  scaleMgPerDl: { readonly lowest: number; readonly highest: number },
): number | 'LOW' | 'HIGH' {
  if (Math.round(mgPerDl) < scaleMgPerDl.lowest) return 'LOW';
  if (Math.round(mgPerDl) > scaleMgPerDl.highest) return 'HIGH';
  return unit === 'mg/dL' ? Math.round(mgPerDl) : roundHalfAwayFromZero(mmolPerLFromMgPerDl(mgPerDl), 1);
}
