// Stored readings as the series that rules judge: a series a device, with all that META knows.
// Promise: row by row what ingest holds in memory of the same readings.
import { DEFAULT_CADENCE_MIN } from '../../domain/device-model.ts';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import { type GlucoseKind, type GlucoseReading, LIVE_WITHIN_MS, type Reading } from '../../domain/reading.ts';
import { isJump } from '../../domain/suspect-reading.ts';
import { toMgPerDl } from '../../domain/units.ts';
import type { PatientDevice } from '../registry/patient-profiles.ts';

/** @param readings in ascending `measuredAt`; control solution and other kinds are left out */
export function glucoseSeriesOf(
  readings: readonly Reading[],
  kind: GlucoseKind,
  devices: readonly Pick<PatientDevice, 'deviceKey' | 'model'>[],
): GlucoseSeries[] {
  const byDevice = new Map<number, GlucoseReading[]>();
  for (const reading of readings) {
    if (reading.kind !== kind || reading.flags.includes('control_solution')) continue;
    const rows = byDevice.get(reading.deviceKey) ?? [];
    byDevice.set(reading.deviceKey, rows);
    insert(rows, reading);
  }
  return [...byDevice].map(([deviceKey, rows]) => ({
    deviceKey,
    cadenceMin: devices.find((device) => device.deviceKey === deviceKey)?.model?.cadenceMin ?? DEFAULT_CADENCE_MIN,
    length: rows.length,
    measuredAt: rows.map(({ measuredAt }) => measuredAt),
    value: rows.map(({ value }) => value),
    meta: rows.map((reading, row) => metaOf(reading, kind === 'cgm' ? rows[row - 1] : undefined)),
  }));
}

/** Of one instant (a clock was put right) in the order of their values, as ingest has them. */
function insert(rows: GlucoseReading[], reading: GlucoseReading): void {
  let row = rows.length;
  while (row > 0 && rows[row - 1]!.measuredAt === reading.measuredAt && rows[row - 1]!.value > reading.value) row--;
  rows.splice(row, 0, reading);
}

/** @param before the row before it, where a jump between them is to be doubted (clinical.md §3.7) */
function metaOf(reading: GlucoseReading, before: GlucoseReading | undefined): number {
  const { unit, code, context, flags, measuredAt, receivedAt } = reading;
  const jumped = before && isJump(mgPerDlOf(before), before.measuredAt, mgPerDlOf(reading), measuredAt);
  return packMeta({
    unit,
    code,
    context,
    late: receivedAt - measuredAt > LIVE_WITHIN_MS,
    suspect: flags.includes('suspect') || jumped === true,
    clock: flags.includes('clock'),
    conflict: flags.includes('conflict'),
  });
}

const mgPerDlOf = ({ value, unit, code }: GlucoseReading): number =>
  code === undefined ? toMgPerDl(value, unit) : value;
