// Failures that are nobody's fault: the same records are consumed later, by this worker or by another.
import { TemporaryFailure } from '../runtime/errors.ts';
import { PartitionLeaseLost } from '../storage/journal/committed-offsets.ts';

export const isPassing = (error: unknown): boolean =>
  error instanceof TemporaryFailure || error instanceof PartitionLeaseLost;
