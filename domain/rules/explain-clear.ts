// Why a glucose rule says nothing although readings lay beyond its line: the run that came closest, and what it lacked.
// Reasons: `below_persistence`, `gap` (long enough but for slots without a reading), `suspect_reading` (which completes nothing),
// `inhibited`. Looked for in the newest two hours only, and not at all where no reading is beyond the line.
import type { GlucoseSeries } from '../glucose-series.ts';
import { META } from '../glucose-series.ts';
import { isBeyond } from './glucose-line.ts';
import { firstIndexFrom } from './merged-rows.ts';
import { FINGERSTICK_PRIORITY } from './priorities.ts';
import type { EvidenceReading, Explanation } from './rule.ts';
import { MAX_EVIDENCE } from './rule.ts';
import type { GlucoseScan } from './scan-glucose.ts';
import { createSlotRun, opensSlot } from './slot-run.ts';

/** The longest time that a rule of the sensor looks at (CGM-05, clinical.md §7). */
export const EXPLAINED_MS = 120 * 60_000;
const MS_PER_MIN = 60_000;

/** How long a condition has to hold: consecutive readings, slots of a run, or slots within a longer time. */
export interface Persistence {
  readonly counts: 'readings' | 'slots' | 'share';
  needed(cadenceMin: number): number;
}

interface Closest {
  readonly reason: 'below_persistence' | 'gap' | 'suspect_reading' | 'inhibited';
  readonly count: number;
  readonly series: GlucoseSeries;
  readonly from: number;
  readonly to: number;
}

/** @param afterAt epoch ms: what was measured until then has spoken with an episode; undefined where nothing came close */
export function explainClear(
  list: readonly GlucoseSeries[],
  scan: GlucoseScan,
  afterAt: number,
  isSilenced: (at: number) => boolean,
): Pick<Explanation, 'reason' | 'readings' | 'inhibitedBy'> | undefined {
  const { persistence } = scan;
  if (persistence === undefined) return undefined;
  let newestAt = Number.NEGATIVE_INFINITY;
  for (const { length, measuredAt } of list) if (length > 0) newestAt = Math.max(newestAt, measuredAt[length - 1]!);
  const fromAt = Math.max(afterAt, newestAt - EXPLAINED_MS);
  let closest: Closest | undefined;
  for (const series of list) {
    const first = firstIndexFrom(series, fromAt);
    const found =
      persistence.counts === 'share'
        ? closestShare(series, first, scan, persistence)
        : closestRun(series, first, scan, persistence, isSilenced);
    if (found !== undefined && (closest === undefined || isCloser(found, closest))) closest = found;
  }
  if (closest === undefined) return undefined;
  const { reason } = closest;
  const readings = readingsOf(closest, scan);
  return reason === 'inhibited' ? { reason, readings, inhibitedBy: FINGERSTICK_PRIORITY.speaks } : { reason, readings };
}

function closestRun(
  series: GlucoseSeries,
  first: number,
  { line }: GlucoseScan,
  persistence: Persistence,
  isSilenced: (at: number) => boolean,
): Closest | undefined {
  const { measuredAt, value, meta, cadenceMin } = series;
  const needed = persistence.needed(cadenceMin);
  const run = createSlotRun();
  let stretch = -1;
  let closest: Closest | undefined;
  for (let row = first; row < series.length; row++) {
    if (!isBeyond(line, value[row]!, meta[row]!)) {
      run.reset();
      stretch = -1;
      continue;
    }
    if (stretch === -1) stretch = row;
    const at = measuredAt[row]!;
    run.add(at, row, cadenceMin);
    const isReadings = persistence.counts === 'readings';
    const count = isReadings ? run.readings : run.slots;
    // As if no slot of it lacked a reading.
    const unbroken = isReadings ? row - stretch + 1 : slotsSpanned(measuredAt[stretch]!, at, cadenceMin);
    const isComplete = count >= needed;
    const lacking = isSilenced(at) ? 'inhibited' : (meta[row]! & META.suspect) !== 0 ? 'suspect_reading' : undefined;
    const reason = isComplete ? (lacking ?? 'below_persistence') : unbroken >= needed ? 'gap' : 'below_persistence';
    const found: Closest = { reason, count, series, from: reason === 'gap' ? stretch : run.startIndex, to: row };
    if (closest === undefined || isCloser(found, closest)) closest = found;
  }
  return closest;
}

function closestShare(
  series: GlucoseSeries,
  first: number,
  { line }: GlucoseScan,
  persistence: Persistence,
): Closest | undefined {
  const { measuredAt, value, meta, cadenceMin } = series;
  let count = 0;
  let present = 0;
  let from = -1;
  let to = -1;
  let presentUntilTo = 0;
  let slotAt = Number.NEGATIVE_INFINITY;
  for (let row = first; row < series.length; row++) {
    const beyond = isBeyond(line, value[row]!, meta[row]!);
    if (from === -1 && !beyond) continue;
    if (from === -1) from = row;
    if (beyond) to = row;
    if (!opensSlot(measuredAt[row]!, slotAt, cadenceMin)) continue;
    slotAt = measuredAt[row]!;
    present += 1;
    if (!beyond) continue;
    count += 1;
    presentUntilTo = present;
  }
  if (to === -1) return undefined;
  const needed = persistence.needed(cadenceMin);
  const missing = slotsSpanned(measuredAt[from]!, measuredAt[to]!, cadenceMin) - presentUntilTo;
  const reason = count >= needed ? 'suspect_reading' : count + missing >= needed ? 'gap' : 'below_persistence';
  return { reason, count, series, from, to };
}

function slotsSpanned(fromAt: number, toAt: number, cadenceMin: number): number {
  return Math.round((toAt - fromAt) / (cadenceMin * MS_PER_MIN)) + 1;
}

/** What lacked only a reading's word or a slot, then the longer, then the newer; of two sensors' the lower key's. */
function isCloser(one: Closest, other: Closest): boolean {
  const rank = ({ reason }: Closest) => (reason === 'below_persistence' ? 0 : 1);
  const newestAt = ({ series, to }: Closest) => series.measuredAt[to]!;
  const differences = [
    rank(one) - rank(other),
    one.count - other.count,
    newestAt(one) - newestAt(other),
    other.series.deviceKey - one.series.deviceKey,
  ];
  return Math.sign(differences.find((difference) => difference !== 0) ?? 0) === 1;
}

function readingsOf({ series, from, to }: Closest, { line, kind }: GlucoseScan): EvidenceReading[] {
  const readings: EvidenceReading[] = [];
  for (let row = to; row >= from && readings.length < MAX_EVIDENCE; row--) {
    if (!isBeyond(line, series.value[row]!, series.meta[row]!)) continue;
    readings.push({ deviceKey: series.deviceKey, kind, measuredAt: series.measuredAt[row]! });
  }
  return readings.reverse();
}
