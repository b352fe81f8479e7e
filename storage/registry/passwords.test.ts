import { expect, it } from 'vitest';
import { verifyPassword } from './passwords.ts';

/** Costs next to nothing. */
const CHEAP = `scrypt$2$8$1$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;

it('a flood of passwords keeps nobody waiting long: what doesn’t fit into the queue is refused at once', async () => {
  const outcomes: string[] = [];
  await Promise.all(
    Array.from({ length: 50 }, () =>
      verifyPassword('guess', CHEAP).then(
        () => outcomes.push('computed'),
        (error: unknown) => outcomes.push(error instanceof Error && 'code' in error ? String(error.code) : 'other'),
      ),
    ),
  );
  expect(outcomes.slice(0, 18)).toEqual(Array(18).fill('too_many_attempts'));
  expect(outcomes.slice(18)).toEqual(Array(32).fill('computed'));
  expect(await verifyPassword('guess', CHEAP)).toBe(false);
});
