// How worked cases write readings, and the series the domain reads.
import { judgeCorrection } from '../../domain/correction.ts';
import { DEFAULT_DEVICE_MODELS } from '../../domain/device-model.ts';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import type { Window } from '../../domain/local-day.ts';
import { checkGlucose } from '../../domain/plausibility.ts';
import type { GlucoseUnit } from '../../domain/reading.ts';

export type CaseValue = number | 'LOW' | 'HIGH';

/** The forms in which a case gives readings: evenly spaced values, rows of [time, value, seq], or segments of other cadences. */
export interface CaseReadings {
  unit?: GlucoseUnit;
  device?: string;
  start?: string;
  cadence_min?: number;
  values?: CaseValue[];
  readings?: [string, CaseValue, number?][];
  segments?: { cadence_min: number; start: string; values: CaseValue[] }[];
  window?: [string, string];
  tz?: string;
}

interface Row {
  at: number;
  value: CaseValue;
  seq?: number | undefined;
}

const DEFAULT_CADENCE_MIN = 5;

/** One series per cadence, sorted by device time and de-duplicated as clinical.md §1.3 says. */
export function seriesOf(input: CaseReadings): GlucoseSeries[] {
  const unit = input.unit ?? 'mg/dL';
  if (input.segments !== undefined) {
    return input.segments.map(({ cadence_min, start, values }, index) =>
      toSeries(index + 1, cadence_min, spaced(start, cadence_min, values), unit, input.device),
    );
  }
  const cadenceMin = input.cadence_min ?? DEFAULT_CADENCE_MIN;
  const rows =
    input.readings?.map(([at, value, seq]) => ({ at: Date.parse(at), value, seq })) ??
    spaced(input.start!, cadenceMin, input.values!);
  return [toSeries(1, cadenceMin, rows, unit, input.device)];
}

/** The case's own window, else from the first reading to just after the last. */
export function windowOf(input: CaseReadings, series: readonly GlucoseSeries[]): Window {
  if (input.window !== undefined) return { from: Date.parse(input.window[0]), to: Date.parse(input.window[1]) };
  const times = series.flatMap(({ measuredAt }) => Array.from(measuredAt));
  return { from: Math.min(...times), to: Math.max(...times) + 1 };
}

function spaced(start: string, cadenceMin: number, values: readonly CaseValue[]): Row[] {
  return values.map((value, index) => ({ at: Date.parse(start) + index * cadenceMin * 60_000, value }));
}

function toSeries(
  deviceKey: number,
  cadenceMin: number,
  rows: readonly Row[],
  unit: GlucoseUnit,
  device: string | undefined,
): GlucoseSeries {
  const model = DEFAULT_DEVICE_MODELS.find(({ modelId }) => modelId === device?.toLowerCase());
  const columns = { measuredAt: [] as number[], value: [] as number[], meta: [] as number[] };
  for (const { at, value } of oncePerInstant(rows)) {
    const { accepted } = checkGlucose({ kind: 'cgm', value, unit }, model);
    if (accepted === undefined) continue;
    columns.measuredAt.push(at);
    columns.value.push(accepted.value);
    columns.meta.push(packMeta({ unit, code: accepted.code, late: false }));
  }
  return { deviceKey, cadenceMin, length: columns.measuredAt.length, ...columns };
}

function oncePerInstant(rows: readonly Row[]): Row[] {
  const current = new Map<number, Row>();
  const previous = new Map<number, Row[]>();
  const version = ({ value, seq }: Row) => ({ value: String(value), seq });
  for (const row of rows) {
    const standing = current.get(row.at);
    const replaced = previous.get(row.at) ?? [];
    if (standing === undefined) {
      current.set(row.at, row);
    } else if (judgeCorrection(version(row), version(standing), replaced.map(version)) === 'correction') {
      current.set(row.at, row);
      previous.set(row.at, [...replaced, standing]);
    }
  }
  return [...current.values()].sort((a, b) => a.at - b.at);
}
