import { expect, test } from 'vitest';
import { TemporaryFailure } from '../runtime/errors.ts';
import { isPassing } from './is-passing.ts';

const away = Object.assign(new Error('terminating connection'), { code: '57P01' });

test('an outage of which several conditions of one patient tell is still an outage, and one bug among them is not', () => {
  expect(isPassing(away)).toBe(true);
  expect(isPassing(new TemporaryFailure('journal_unavailable', 'away'))).toBe(true);
  expect(isPassing(new AggregateError([away, away]))).toBe(true);
  expect(isPassing(new AggregateError([away, new TypeError('x is undefined')]))).toBe(false);
});
