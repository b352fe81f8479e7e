// One transaction on one connection: committed when the work resolves, rolled back when it throws.
import type { Pool, PoolClient } from 'pg';

export async function inTransaction<T>(pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  let broken: Error | undefined;
  try {
    await tx.query('begin');
    const result = await work(tx);
    await tx.query('commit');
    return result;
  } catch (failure) {
    await tx.query('rollback').catch((error: Error) => {
      // A connection that can't roll back is not given to anybody else.
      broken = error;
    });
    throw failure;
  } finally {
    tx.release(broken);
  }
}
