// What a load is published to and measured at, be it Pulseward in one of its deployments or the peer.

/** CPU seconds by process since it started, or µs per reading. */
export type CpuByPart = Readonly<Record<string, number>>;

export interface LoadedSystem {
  readonly mqttPort: number;
  cpu(): CpuByPart;
  /** Readings that it has kept so far. */
  stored(): Promise<number>;
  /** Resolves when it stores no more of what it has acknowledged, with the seconds that took. */
  caughtUp(): Promise<number>;
  /** Of a system that judges what it stores. */
  readonly judgement?: {
    evaluated(): Promise<number>;
    /** Episodes first seen and alerts opened from an instant (epoch ms) on. */
    openedSince(since: number): Promise<{ readonly episodes: number; readonly alerts: number }>;
  };
}

export function cpuPerReading(before: CpuByPart, after: CpuByPart, readings: number): CpuByPart {
  return Object.fromEntries(
    Object.entries(after).map(([part, seconds]) => [part, ((seconds - (before[part] ?? 0)) * 1e6) / readings]),
  );
}
