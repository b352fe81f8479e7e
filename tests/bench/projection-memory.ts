// What ingest holds in memory of a patient with a 5-minute CGM at the end of the second of its two days: columns, signals, episodes,
// deadlines and state, by how much heap and array buffers differ over 1,000 patients.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PATIENTS = 1_000;
const KB = 1_000;

export interface MemoryCase {
  readonly timeZone: string;
  /** YYYY-MM-DD: the second of the two days. */
  readonly lastDay: string;
  /** `steady`: nothing ever begins. `waves`: a low and hours of a high a day. `others`: also four fingersticks and two sittings a day. */
  readonly trace: 'steady' | 'waves' | 'others';
}

export interface ProjectionMemory {
  /** Of the two local days together. */
  readonly hours: number;
  /** Of the CGM. */
  readonly readings: number;
  readonly episodes: number;
  readonly projectionBytes: number;
  /** What the registry's cache holds of the patient: profile and devices. */
  readonly entryBytes: number;
  /** As ingest counts it against its cap. */
  readonly countedBytes: number;
}

const CASES: Readonly<Record<string, MemoryCase>> = {
  'steady glucose': { timeZone: 'Asia/Shanghai', lastDay: '2026-11-22', trace: 'steady' },
  'a low and a long high a day': { timeZone: 'Asia/Shanghai', lastDay: '2026-11-22', trace: 'waves' },
  'steady, clocks put back': { timeZone: 'Europe/Berlin', lastDay: '2026-10-25', trace: 'steady' },
  'with fingersticks and blood pressures': { timeZone: 'Europe/Berlin', lastDay: '2026-10-25', trace: 'others' },
};

export async function measureProjectionMemory(): Promise<Readonly<Record<string, ProjectionMemory>>> {
  const measured: Record<string, ProjectionMemory> = {};
  for (const [name, { timeZone, lastDay, trace }] of Object.entries(CASES)) {
    const script = join(import.meta.dirname, 'projection-memory.process.ts');
    const given = [String(PATIENTS), timeZone, lastDay, trace];
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, ...given]);
    measured[name] = JSON.parse(stdout);
  }
  return measured;
}

export function describeProjectionMemory(measured: Readonly<Record<string, ProjectionMemory>>): string {
  const kb = (bytes: number) => `${(bytes / KB).toFixed(1)} kB`;
  const lines = Object.entries(measured).map(
    ([name, { hours, readings, episodes, projectionBytes, entryBytes, countedBytes }]) =>
      `  ${name}, ${hours} h, ${readings} readings, ${episodes} episodes: ${kb(projectionBytes)} (counted as ${kb(countedBytes)}), the patient's registry entry ${kb(entryBytes)}`,
  );
  return ['memory of ingest per active CGM patient:', ...lines].join('\n');
}
