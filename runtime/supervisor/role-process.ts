// One role as the supervisor sees it: a child process that is started again whenever it dies, at first at once, then more slowly.

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { type Config, environmentWith } from '../config.ts';
import type { MetricSnapshot } from '../counters.ts';
import { StartFailure } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RoleState, RoleStatus } from '../peers.ts';
import type { RoleName } from '../role.ts';
import type { MessageFromRole, MessageToRole, StartCure } from './role-messages.ts';
import { DRAIN_MS } from './run-role.ts';

// Saves a third of a role's loading time (M: 505 ms without, 320 with). Beside the code, so that who can't change that can't change this.
const NODE_COMPILE_CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'pulseward');
const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 5_000;
/** Ready for so long means that the trouble is over. */
const STEADY_MS = 30_000;
const TROUBLING_EXITS = 5;
const COLLECT_MS = 1_000;
const STOP_MS = DRAIN_MS + 1_000;
/** The versions of Node are chosen with the package; its warnings of them would stand as prose between JSON lines. */
const EVERY_ROLE_FLAGS = ['--disable-warning=ExperimentalWarning'];
/** Flags for V8 where a role's work wants other than the defaults. */
const NODE_FLAGS: Readonly<Partial<Record<RoleName, readonly string[]>>> = {
  // Thousands of idle connections: 35 KB each with the default young generation, 13 KB with this one, at the same throughput.
  broker: ['--max-semi-space-size=4'],
};
/** Names are looked up on half of these threads: one that nobody answers for holds its own for up to half a minute. */
const ENVIRONMENT: Partial<Record<RoleName, Readonly<Record<string, string>>>> = {
  alerting: { UV_THREADPOOL_SIZE: '32' },
};

/** How long the first start waits for what may pass. */
const PATIENCE_MS: Readonly<Record<StartCure, number>> = { 'port-released': 4_000, 'service-up': 30_000, person: 0 };

export class RoleStartFailure extends StartFailure {
  override readonly name = 'RoleStartFailure';
}

export interface RoleProcessOptions {
  readonly role: RoleName;
  /** Run with `--role <name>`, which is also how the process table tells roles apart. */
  readonly script: string;
  readonly config: Config;
  readonly log: Log;
  readonly onExit: () => void;
  readonly onAsk: (
    question: Extract<MessageFromRole, { type: 'ask-peers' }>,
    answer: (message: MessageToRole) => void,
  ) => void;
}

export interface RoleProcess {
  /** Resolves when it is ready for the first time; rejects with RoleStartFailure when only a person can help. */
  start(): Promise<void>;
  /** Asks it to drain; kills it when it takes longer than it may. Idempotent. */
  stop(): Promise<void>;
  kill(): void;
  status(): RoleStatus;
  addresses(): readonly string[];
  /** Undefined when it doesn't answer within 1 s. */
  snapshot(): Promise<readonly MetricSnapshot[] | undefined>;
}

export function createRoleProcess({ role, script, config, log, onExit, onAsk }: RoleProcessOptions): RoleProcess {
  const firstReady = Promise.withResolvers<void>();
  const collecting = new Map<number, (metrics: readonly MetricSnapshot[] | undefined) => void>();
  let child: ChildProcess | undefined;
  let exited: Promise<void> = Promise.resolve();
  let relaunch: NodeJS.Timeout | undefined;
  let state: RoleState = 'down';
  let since = Date.now();
  let startedAt = 0;
  let launches = 0;
  let exitsInARow = 0;
  let isStopping = false;
  let wasReady = false;
  let addresses: readonly string[] = [];
  let failure: { message: string; cure: StartCure } | undefined;
  let lastId = 0;

  const become = (next: RoleState) => {
    state = next;
    since = Date.now();
  };

  function launch(): void {
    const launched = fork(script, ['--role', role], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: environmentWith({ NODE_COMPILE_CACHE, ...ENVIRONMENT[role] }),
      execArgv: [...process.execArgv, ...EVERY_ROLE_FLAGS, ...(NODE_FLAGS[role] ?? [])],
    });
    child = launched;
    launches++;
    failure = undefined;
    become('starting');
    const ended = Promise.withResolvers<void>();
    exited = ended.promise;
    launched.on('message', receive);
    launched.on('error', (err) => log.warn({ err, role }, 'a message to the role was lost'));
    launched.on('exit', (code, signal) => {
      handleExit(code, signal);
      ended.resolve();
    });
    // A crash that was ordered happens once: the next process is to show that the role recovers from it.
    send({ type: 'run', role, config: launches === 1 ? config : { ...config, faultPoint: undefined } });
  }

  const send = (message: MessageToRole) => {
    if (child?.connected) child.send(message, () => undefined);
  };

  function receive(message: MessageFromRole): void {
    if (message.type === 'ready') {
      ({ addresses } = message);
      wasReady = true;
      become('ready');
      firstReady.resolve();
    } else if (message.type === 'failed') {
      failure = message;
    } else if (message.type === 'snapshot') {
      collecting.get(message.id)?.(message.metrics);
    } else {
      onAsk(message, send);
    }
  }

  function handleExit(code: number | null, signal: NodeJS.Signals | null): void {
    const wasSteady = state === 'ready' && Date.now() - since > STEADY_MS;
    become('down');
    if (isStopping) return;
    onExit();
    exitsInARow = wasSteady ? 1 : exitsInARow + 1;
    const cure = failure?.cure ?? (exitsInARow < TROUBLING_EXITS ? 'service-up' : 'person');
    if (!wasReady && Date.now() - startedAt >= PATIENCE_MS[cure]) {
      firstReady.reject(
        new RoleStartFailure(`${role} did not start: ${failure?.message ?? `it exited with ${signal ?? code}`}`),
      );
      return;
    }
    const backoffMs = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (exitsInARow - 1));
    const level = exitsInARow < TROUBLING_EXITS ? 'warn' : 'error';
    log[level](
      { role, code, signal, exitsInARow, backoffMs, reason: failure?.message },
      'a role exited: starting it again',
    );
    relaunch = setTimeout(launch, backoffMs);
  }

  return {
    start() {
      startedAt = Date.now();
      launch();
      return firstReady.promise;
    },
    async stop() {
      if (!isStopping) {
        isStopping = true;
        clearTimeout(relaunch);
        if (state !== 'down') become('stopping');
        send({ type: 'stop' });
      }
      const overdue = setTimeout(() => {
        log.warn({ role }, 'a role did not stop in time: killing it');
        child?.kill('SIGKILL');
      }, STOP_MS);
      await exited;
      clearTimeout(overdue);
    },
    kill() {
      child?.kill('SIGKILL');
    },
    status: () => ({ role, state, since, restarts: Math.max(0, launches - 1), addresses }),
    addresses: () => addresses,
    async snapshot() {
      if (state === 'down') return undefined;
      const id = ++lastId;
      const { promise, resolve } = Promise.withResolvers<readonly MetricSnapshot[] | undefined>();
      collecting.set(id, resolve);
      const late = setTimeout(() => resolve(undefined), COLLECT_MS);
      send({ type: 'collect', id });
      const metrics = await promise;
      clearTimeout(late);
      collecting.delete(id);
      return metrics;
    },
  };
}
