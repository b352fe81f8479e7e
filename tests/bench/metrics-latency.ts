// Fourteen days' metrics of a patient with a year behind them, and of one with little more than the fourteen days.
import { createDevice, createPatient } from '../system/clinic.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import type { RunningSystem } from '../system/running-system.ts';
import type { MeasuredSystem } from './measured-system.ts';
import { type RequestLatency, timeRequests } from './request-latency.ts';

const CADENCE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const READINGS_PER_MESSAGE = 1000;
const READINGS_PER_DAY = DAY_MS / CADENCE_MS;
const DAYS = 14;
const REQUESTS = 500;

export interface MetricsLatency {
  readonly ofAYear: RequestLatency;
  readonly ofSixteenDays: RequestLatency;
}

export async function measureMetricsLatency(
  { api, mqttPort }: RunningSystem,
  measured: MeasuredSystem,
  teamId: string,
): Promise<MetricsLatency> {
  async function patientWith(days: number): Promise<string> {
    const patientId = await createPatient(api, teamId);
    const device = await connectDevice(mqttPort, await createDevice(api, 'cgm', patientId));
    const fromAt = Date.now() - days * DAY_MS;
    for (let first = 0; first < days * READINGS_PER_DAY; first += READINGS_PER_MESSAGE) {
      const count = Math.min(READINGS_PER_MESSAGE, days * READINGS_PER_DAY - first);
      await device.publish(Array.from({ length: count }, (_, index) => readingAt(fromAt, first + index)));
    }
    await device.close();
    return patientId;
  }
  const long = await patientWith(365);
  const short = await patientWith(16);
  await measured.caughtUp();
  await measured.quiet();

  async function time(patientId: string): Promise<RequestLatency> {
    const path = `/patients/${patientId}/glucose-metrics?days=${DAYS}`;
    const { count } = await api.get<{ count: number }>(path);
    if (count < (DAYS - 1) * READINGS_PER_DAY) throw new Error(`${count} readings in the metrics of ${DAYS} days`);
    return timeRequests(REQUESTS, () => api.get(path));
  }
  return { ofAYear: await time(long), ofSixteenDays: await time(short) };
}

/** Between 4.3 and 8.7 mmol/L. */
function readingAt(fromAt: number, step: number) {
  const value = Number((6.5 + 2.2 * Math.sin(step / 40)).toFixed(1));
  return { kind: 'cgm', at: fromAt + step * CADENCE_MS, value, unit: 'mmol/L', seq: step };
}
