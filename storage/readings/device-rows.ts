// CGM readings of several devices, column by column, as they are collected for metrics.
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import type { GlucoseReading } from '../../domain/reading.ts';
import type { StoredReading } from '../ports/time-series.ts';

/** Rows of one device in ascending `measuredAt` (epoch ms); `meta` as in GlucoseSeries, without what only rules ask for. */
export interface DeviceRows {
  readonly deviceKey: number;
  readonly measuredAt: number[];
  readonly value: number[];
  readonly meta: number[];
}

/** Adds rows that are later than all that are there. */
export function appendRows(rows: Map<number, DeviceRows>, added: DeviceRows): void {
  const { measuredAt, value, meta } = rowsOf(rows, added.deviceKey);
  for (const each of added.measuredAt) measuredAt.push(each);
  for (const each of added.value) value.push(each);
  for (const each of added.meta) meta.push(each);
}

/** @param readings as TimeSeries.read gives them; what a device measured of its control solution never counts */
export function rowsOfReadings(readings: readonly StoredReading[]): DeviceRows[] {
  const rows = new Map<number, DeviceRows>();
  for (const { reading } of readings) {
    if (reading.kind !== 'cgm' || reading.flags.includes('control_solution')) continue;
    insert(rowsOf(rows, reading.deviceKey), reading);
  }
  return [...rows.values()];
}

export function toSeries({ deviceKey, measuredAt, value, meta }: DeviceRows, cadenceMin: number): GlucoseSeries {
  return { deviceKey, cadenceMin, length: measuredAt.length, measuredAt, value, meta };
}

function rowsOf(rows: Map<number, DeviceRows>, deviceKey: number): DeviceRows {
  const known = rows.get(deviceKey);
  if (known !== undefined) return known;
  const added = { deviceKey, measuredAt: [], value: [], meta: [] };
  rows.set(deviceKey, added);
  return added;
}

/** Rows of one instant (a clock was put right) stand in the order of their values, as ingest has them: sums depend on it. */
function insert({ measuredAt, value, meta }: DeviceRows, reading: GlucoseReading): void {
  let row = measuredAt.length;
  while (row > 0 && measuredAt[row - 1] === reading.measuredAt && value[row - 1]! > reading.value) row--;
  const packed = packMeta({ unit: reading.unit, code: reading.code, late: false });
  if (row === measuredAt.length) {
    measuredAt.push(reading.measuredAt);
    value.push(reading.value);
    meta.push(packed);
    return;
  }
  measuredAt.splice(row, 0, reading.measuredAt);
  value.splice(row, 0, reading.value);
  meta.splice(row, 0, packed);
}
