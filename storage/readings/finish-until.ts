// Work that somebody waits for only so long: whoever holds a lease has to know when a write is over.
import { TemporaryFailure } from '../../runtime/errors.ts';

/** @param endsAt performance.now(). Throws TemporaryFailure `database_unavailable` then, and what `work` throws before; it goes on. */
export async function finishUntil<T>(endsAt: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new TemporaryFailure('database_unavailable', 'the database took too long to answer'));
    timer = setTimeout(giveUp, Math.max(0, endsAt - performance.now()));
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
