// Readings as the TimeSeries contract writes them.
import type { BloodPressureReading, GlucoseReading, Reading } from '../../domain/reading.ts';
import type { DeviceSpan, ReplacedReading, StoredReading } from '../../storage/ports/time-series.ts';

export const START = Date.UTC(2026, 10, 22, 8);
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

let lastDevice = 0;
/** Each test has devices of its own. */
export const newDevice = (): number => ++lastDevice;

export function cgm(deviceKey: number, at: number, value: number, more: Partial<GlucoseReading> = {}): GlucoseReading {
  const optional = { code: undefined, context: undefined, slot: undefined, seq: undefined, sentAt: undefined };
  const base = {
    kind: 'cgm',
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at + 1_500,
    value,
    unit: 'mg/dL',
    flags: [],
  } as const;
  return { ...base, ...optional, ...more };
}

export function pressure(deviceKey: number, at: number, systolic: number, diastolic: number): BloodPressureReading {
  return {
    kind: 'bp',
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at + 1_500,
    systolicMmHg: systolic,
    diastolicMmHg: diastolic,
    pulsePerMin: 72,
    unit: 'mmHg',
    receivedSystolic: systolic,
    receivedDiastolic: diastolic,
    flags: ['irregular_heartbeat'],
    slot: undefined,
    seq: undefined,
    sentAt: undefined,
  };
}

export function stored(reading: Reading, origin = { partition: 0, seq: 1, index: 0 }, revision = 0): StoredReading {
  return { reading, origin, revision };
}

export function replaced(entry: StoredReading, reason: ReplacedReading['reason']): ReplacedReading {
  return { stored: entry, replacedAt: START + DAY, reason, replacedBy: undefined };
}

export function span(deviceKey: number, fromAt = START, toAt = START + DAY): DeviceSpan {
  return { deviceKey, fromAt, toAt, clockAheadMs: 60 * MINUTE, clockBehindMs: 60 * MINUTE };
}
