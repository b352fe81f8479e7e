// The three crash points of DESIGN §3, so that a test can crash a role exactly there. Armed by PULSEWARD_FAULT_POINT, once for each
// start of the supervisor: a role's second process passes.
import { writeSync } from 'node:fs';

export const FAULT_POINTS = ['after-store', 'after-offset', 'after-send'] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Call where the crash would hurt most; `armed` is the configuration's `faultPoint`. Does nothing unless it is this one. */
export function passFaultPoint(point: FaultPoint, armed: FaultPoint | undefined): void {
  if (point !== armed) return;
  writeSync(process.stderr.fd, `fault point ${point}: this process kills itself\n`);
  process.kill(process.pid, 'SIGKILL');
}
