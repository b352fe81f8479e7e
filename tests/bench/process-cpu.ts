// CPU seconds and memory of running processes, from /proc: what each part costs while a load runs.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Undefined where the process is gone. */
export function processUse(pid: number): ProcessUse | undefined {
  try {
    // The command may hold spaces: fields are counted behind its closing parenthesis.
    const fields = statFields(pid);
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      residentBytes: Number(fields[21]) * 4096,
    };
  } catch {
    return undefined;
  }
}

/**
 * CPU seconds of a process and all below it, also of children that ended and were waited for (Postgres backends come and go).
 */
export function treeCpuSeconds(rootPid: number): number {
  const parents = new Map<number, { parent: number; cpu: number }>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const fields = statFields(pid);
      const own = Number(fields[11]) + Number(fields[12]);
      const waitedFor = Number(fields[13]) + Number(fields[14]);
      parents.set(pid, { parent: Number(fields[1]), cpu: (own + waitedFor) / TICKS_PER_SECOND });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const belongs = (pid: number): boolean => {
    for (let at = pid; at > 1; at = parents.get(at)?.parent ?? 0) if (at === rootPid) return true;
    return false;
  };
  let sum = 0;
  for (const [pid, { cpu }] of parents) if (belongs(pid)) sum += cpu;
  return sum;
}

function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
