// A role's process from its first to its last moment. Promises: it drains at most 8 s, and never outlives its supervisor by more than 2 s.
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { type Counters, createCounters } from '../counters.ts';
import { createLog, type Log } from '../log.ts';
import type { Peers } from '../peers.ts';
import type { Role, RoleName } from '../role.ts';
import { STOP_SIGNALS } from '../stop-signals.ts';
import { describeStartFailure } from './describe-start-failure.ts';
import type { MessageFromRole, MessageToRole } from './role-messages.ts';
import { createSupervisorPeers } from './supervisor-peers.ts';

/** With a second to be killed in, all is over before the 10 s after which a container's engine kills. */
export const DRAIN_MS = 8_000;
/** Without a supervisor nobody counts on the answers any more, and its successor needs the ports. */
const ORPHAN_DRAIN_MS = 2_000;

export interface RoleSurroundings {
  readonly config: Config;
  readonly log: Log;
  readonly counters: Counters;
  readonly peers: Peers;
}

/** Loads the one role's code and nothing else's, and gives it what it needs; no side effects before `start`. */
export type ComposeRole = (name: RoleName, surroundings: RoleSurroundings) => Promise<Role>;

/** Never returns: the process ends with exit code 0 after a stop that was asked for, else 1. */
export async function runRole(composeRole: ComposeRole): Promise<never> {
  const tell = (message: MessageFromRole) => new Promise<void>((resolve) => process.send?.(message, () => resolve()));
  const { role: name, config } = await firstMessage();
  const log = createLog({ part: name, level: config.logLevel });
  const counters = createCounters({ part: name, processMetrics: true });

  let role: Role | undefined;
  let stopping: Promise<never> | undefined;
  const stop = (why: string, exitCode: number, drainMs = DRAIN_MS): Promise<never> => {
    stopping ??= drain(why, exitCode, drainMs);
    return stopping;
  };
  async function drain(why: string, exitCode: number, drainMs: number): Promise<never> {
    log.info({ why }, 'stopping');
    const isDrained = await Promise.race([
      (role?.stop() ?? Promise.resolve()).then(
        () => true,
        (err: unknown) => log.warn({ err }, 'stopped, but not everything could be released'),
      ),
      delay(drainMs, false),
    ]);
    if (isDrained === false) log.warn({ drainMs }, 'did not drain in time');
    process.exit(exitCode);
  }

  process.on('disconnect', () => stop('the supervisor is gone', 1, ORPHAN_DRAIN_MS));
  // A signal to the whole group arrives here too; the supervisor's own message follows and changes nothing.
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop(signal, 0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err) => {
      log.error({ err, event }, 'a bug ends this process');
      process.exit(1);
    });
  }
  process.on('message', async (message: MessageToRole) => {
    if (message.type === 'stop') await stop('asked by the supervisor', 0);
    if (message.type === 'collect')
      await tell({ type: 'snapshot', id: message.id, metrics: await counters.snapshot() });
  });

  try {
    role = await composeRole(name, { config, log, counters, peers: createSupervisorPeers() });
    await role.start();
    if (stopping) return stopping;
    await tell({ type: 'ready', addresses: role.addresses?.() ?? [] });
    log.info('ready');
  } catch (error) {
    if (stopping) return stopping;
    await tell({ type: 'failed', ...describeStartFailure(error, config) });
    process.exit(1);
  }
  return new Promise<never>(() => undefined);
}

function firstMessage(): Promise<Extract<MessageToRole, { type: 'run' }>> {
  return new Promise((resolve) => {
    process.once('message', (message: MessageToRole) => {
      if (message.type === 'run') resolve(message);
      else process.exit(0);
    });
  });
}
