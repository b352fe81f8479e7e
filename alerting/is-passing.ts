// Which failures of a round pass by themselves: nobody has to do anything, and they are nobody's own.
import { TemporaryFailure } from '../runtime/errors.ts';
import { isPostgresOutage } from '../storage/postgres-outage.ts';

export function isPassing(failure: unknown): boolean {
  if (failure instanceof AggregateError) return failure.errors.every(isPassing);
  return failure instanceof TemporaryFailure || isPostgresOutage(failure);
}
