// Readings of many patients' stretches in one read, each given to whoever its device was bound to when it was measured.
// Promise: ascending per device, without what a device measured of its control solution.
import { DEFAULT_CADENCE_MIN } from '../../domain/device-model.ts';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import type { BloodPressureReading, GlucoseReading, Reading, ReadingKind } from '../../domain/reading.ts';
import type { TimeSeries } from '../ports/time-series.ts';
import { deviceSpans, type PatientEntry } from '../registry/patient-profiles.ts';

/** [from, to), epoch ms. Those of one patient don't overlap. */
export interface PatientStretch {
  readonly entry: PatientEntry;
  readonly from: number;
  readonly to: number;
}

export interface PatientReadings {
  /** One series a device. */
  readonly cgm: readonly GlucoseSeries[];
  readonly smbg: readonly GlucoseSeries[];
  readonly bp: readonly BloodPressureReading[];
}

/** By patient; those without readings are absent. */
export async function readStretchesOf(
  timeSeries: Pick<TimeSeries, 'read'>,
  stretches: readonly PatientStretch[],
  kinds: readonly ReadingKind[],
): Promise<Map<number, PatientReadings>> {
  const found = new Map<number, PatientReadings>();
  const spans = joined(stretches).flatMap(({ entry, from, to }) =>
    deviceSpans(entry.devices, from, to).map((span) => ({ ...span, entry })),
  );
  if (spans.length === 0) return found;
  const byDevice = Map.groupBy(spans, ({ deviceKey }) => deviceKey);
  const owned = new Map<PatientEntry, Reading[]>();
  for (const { reading } of await timeSeries.read(spans, kinds)) {
    if (reading.flags.includes('control_solution')) continue;
    const { deviceKey, measuredAt } = reading;
    const owner = byDevice
      .get(deviceKey)
      ?.find(
        ({ slot, fromAt, toAt }) =>
          measuredAt >= fromAt && measuredAt < toAt && (slot === undefined || slot === reading.slot),
      )?.entry;
    if (owner === undefined) continue;
    const own = owned.get(owner);
    if (own === undefined) owned.set(owner, [reading]);
    else own.push(reading);
  }
  for (const [entry, readings] of owned) found.set(entry.patientKey, toReadings(entry, readings));
  return found;
}

/** Neighbouring stretches of a patient become one: spans are not to meet. */
function joined(stretches: readonly PatientStretch[]): PatientStretch[] {
  const wide: { entry: PatientEntry; from: number; to: number }[] = [];
  for (const { entry, from, to } of stretches) {
    const before = wide.at(-1);
    if (before?.entry === entry && before.to === from) before.to = to;
    else wide.push({ entry, from, to });
  }
  return wide;
}

function toReadings(entry: PatientEntry, readings: readonly Reading[]): PatientReadings {
  const glucose = (kind: 'cgm' | 'smbg') => {
    const own = readings.filter((reading): reading is GlucoseReading => reading.kind === kind);
    return [...Map.groupBy(own, ({ deviceKey }) => deviceKey)].map(([deviceKey, some]) =>
      toSeries(deviceKey, cadenceOf(entry, deviceKey), some),
    );
  };
  return {
    cgm: glucose('cgm'),
    smbg: glucose('smbg'),
    bp: readings.filter((reading): reading is BloodPressureReading => reading.kind === 'bp'),
  };
}

function toSeries(deviceKey: number, cadenceMin: number, readings: readonly GlucoseReading[]): GlucoseSeries {
  return {
    deviceKey,
    cadenceMin,
    length: readings.length,
    measuredAt: readings.map(({ measuredAt }) => measuredAt),
    value: readings.map(({ value }) => value),
    // Rules of weeks don't ask when a reading came.
    meta: readings.map(({ unit, code, context }) => packMeta({ unit, code, context, late: false })),
  };
}

function cadenceOf({ devices }: PatientEntry, deviceKey: number): number {
  return devices.find((device) => device.deviceKey === deviceKey)?.model?.cadenceMin ?? DEFAULT_CADENCE_MIN;
}
