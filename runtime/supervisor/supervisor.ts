// Runs each role in a process of its own, and answers what one of them asks about the others.
import type { Config } from '../config.ts';
import type { Counters, MetricSnapshot } from '../counters.ts';
import type { Log } from '../log.ts';
import type { RoleStatus } from '../peers.ts';
import { createRoleProcess, type RoleProcess } from './role-process.ts';

export interface SupervisorOptions {
  readonly config: Config;
  /** The composition root, which is also what a role's process runs. */
  readonly script: string;
  readonly log: Log;
  readonly counters: Counters;
}

export interface Supervisor {
  /** Resolves to the roles' addresses when all are ready. Throws RoleStartFailure. */
  start(): Promise<readonly string[]>;
  /** All drain at once, at most 9 s. May be called twice. */
  stop(): Promise<void>;
  /** Ends the draining. */
  kill(): void;
  statuses(): readonly RoleStatus[];
  /** Of this process and of every role that answers within 1 s. */
  snapshots(): Promise<readonly (readonly MetricSnapshot[])[]>;
}

export function createSupervisor({ config, script, log, counters }: SupervisorOptions): Supervisor {
  const exits = counters.counter('pulseward_role_exits_total', 'Role processes that died and were started again.', [
    'of',
  ]);
  // A rise that begins with the first value is none to Prometheus.
  for (const role of config.roles) exits.inc({ of: role }, 0);
  const processes: RoleProcess[] = config.roles.map((role) =>
    createRoleProcess({
      role,
      script,
      config,
      log,
      onExit: () => exits.inc({ of: role }),
      onAsk: async ({ id, withSnapshots }, answer) => {
        const snapshots = withSnapshots ? await collect() : [];
        answer({ type: 'peers', id, statuses: statuses(), snapshots });
      },
    }),
  );

  const statuses = () => processes.map((process) => process.status());

  async function collect(): Promise<(readonly MetricSnapshot[])[]> {
    const all = await Promise.all([counters.snapshot(), ...processes.map((process) => process.snapshot())]);
    return all.filter((snapshot) => snapshot !== undefined);
  }

  return {
    async start() {
      await Promise.all(processes.map((process) => process.start()));
      return processes.flatMap((process) => process.addresses());
    },
    async stop() {
      await Promise.all(processes.map((process) => process.stop()));
    },
    kill() {
      for (const process of processes) process.kill();
    },
    statuses,
    snapshots: collect,
  };
}
