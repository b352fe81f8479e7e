// How a part of the system lives: created without side effects, started, stopped. Promises: what was acquired is released
// in reverse order, a failed start unwinds by the same stack, `stop` may be called twice.

export const ROLE_NAMES = ['broker', 'ingest', 'alerting', 'dashboards'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export interface Role {
  readonly name: RoleName;
  /** Resolves when the role does its work; where it rejects, everything it had acquired has been released. */
  start(): Promise<void>;
  /** Drains (at most 8 s) and releases; idempotent, and harmless before `start`. While starting it waits for that first. */
  stop(): Promise<void>;
  /** Where the outside reaches it once started, e.g. `mqtt://127.0.0.1:1883`; printed when all roles are ready. */
  addresses?(): readonly string[];
}

export type Teardown = () => Promise<unknown> | unknown;

export interface TeardownStack {
  /** Call on the line after the acquisition. */
  onStop(name: string, teardown: Teardown): void;
  /** Last in, first out; all run even when some fail, then the failures are thrown together. Calls during an unwinding join it. */
  unwind(): Promise<void>;
}

export function createTeardownStack(): TeardownStack {
  const stack: { name: string; teardown: Teardown }[] = [];
  let unwinding: Promise<void> | undefined;

  async function unwindAll(): Promise<void> {
    const failures: Error[] = [];
    for (let entry = stack.pop(); entry; entry = stack.pop()) {
      try {
        await entry.teardown();
      } catch (cause) {
        failures.push(new Error(`stopping ${entry.name} failed`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('; '));
  }

  return {
    onStop(name, teardown) {
      stack.push({ name, teardown });
    },
    unwind() {
      unwinding ??= unwindAll().finally(() => {
        unwinding = undefined;
      });
      return unwinding;
    },
  };
}

/**
 * A role from its acquisitions: `acquire` starts one thing after the other and registers each teardown; what it had
 * acquired before it failed is released before the failure is thrown.
 */
export function createRole(
  name: RoleName,
  acquire: (teardown: TeardownStack) => Promise<void>,
  addresses?: () => readonly string[],
): Role {
  const teardown = createTeardownStack();
  let starting: Promise<void> = Promise.resolve();

  async function acquireAll(): Promise<void> {
    try {
      await acquire(teardown);
    } catch (failure) {
      await teardown.unwind().catch((cause: unknown) => {
        throw new AggregateError([failure, cause], `${name} failed to start, and then to release what it had acquired`);
      });
      throw failure;
    }
  }

  return {
    name,
    start() {
      starting = acquireAll();
      return starting;
    },
    async stop() {
      // Released under its feet, what it is just acquiring would fail for no reason of its own, and stay.
      await starting.catch(() => undefined);
      await teardown.unwind();
    },
    ...(addresses ? { addresses } : {}),
  };
}
