import { expect, it } from 'vitest';
import { isPostgresOutage, sqlStateOf } from './postgres-outage.ts';

const failure = (code: string, more: object = {}) => Object.assign(new Error('x'), { code }, more);

it.each(['08006', '25006', '40P01', '53300', '55P03', '57014', '57P01', '58030'])(
  'a statement that Postgres refuses with %s may be tried again',
  (code) => expect(isPostgresOutage(failure(code))).toBe(true),
);

it.each(['22P02', '23505', '42P01', 'XX000'])('one refused with %s may not: it would be refused again', (code) =>
  expect(isPostgresOutage(failure(code))).toBe(false),
);

it('a socket that breaks is an outage, though EPIPE looks like an SQLSTATE; a wrong argument is none', () => {
  expect(isPostgresOutage(failure('ECONNREFUSED', { syscall: 'connect' }))).toBe(true);
  expect(isPostgresOutage(failure('EPIPE'))).toBe(true);
  expect(sqlStateOf(failure('EPIPE'))).toBeUndefined();
  expect(isPostgresOutage(failure('ERR_INVALID_ARG_TYPE'))).toBe(false);
  expect(isPostgresOutage(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isPostgresOutage(new TypeError('connection is not a function'))).toBe(false);
});
