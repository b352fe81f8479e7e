// A pool whose process dies between two statements: what was begun is rolled back, what was committed stays. Statements of others go on.
import type { Pool, PoolClient } from 'pg';

export interface MortalPool {
  readonly pool: Pool;
  /** The process dies before its statement of this number from now on; 0: the next one. */
  dieAfter(statements: number): void;
  /** As another process on the same database. Answers whether the one before had died. */
  revive(): boolean;
}

export function createMortalPool(pool: Pool): MortalPool {
  let left = Number.POSITIVE_INFINITY;
  let isDead = false;

  function live(): void {
    isDead ||= left <= 0;
    if (isDead) throw new Error('killed');
    left -= 1;
  }

  /** Its connection is closed with it, which rolls back. */
  const isRollback = ([statement]: readonly unknown[]) => statement === 'rollback';
  const mortal = <T extends Pool | PoolClient>(target: T): T =>
    new Proxy(target, {
      get(of, name) {
        const member: unknown = Reflect.get(of, name, of);
        if (typeof member !== 'function') return member;
        return (...given: readonly unknown[]) => {
          if (name === 'query' && !isRollback(given)) live();
          if (name === 'connect') return pool.connect().then(mortal);
          return Reflect.apply(member, of, given);
        };
      },
    });

  return {
    pool: mortal(pool),
    dieAfter(statements) {
      left = statements;
    },
    revive() {
      const hadDied = isDead;
      isDead = false;
      left = Number.POSITIVE_INFINITY;
      return hadDied;
    },
  };
}
