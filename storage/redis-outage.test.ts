import { expect, test } from 'vitest';
import { isRedisOutage, replyCodeOf } from './redis-outage.ts';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

test.each([
  'LOADING Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'.",
  'MISCONF Errors writing to the AOF file: No space left on device',
  'WRONGPASS invalid username-password pair or user is disabled.',
])('a command that Redis refuses with "%s" may be tried again', (message) => {
  expect(isRedisOutage(reply(message))).toBe(true);
  expect(replyCodeOf(reply(message))).toBe(message.split(' ')[0]);
});

test.each(['ERR syntax error', 'WRONGTYPE Operation against a key holding the wrong kind of value', 'something else'])(
  'one refused with "%s" may not: it would be refused again',
  (message) => expect(isRedisOutage(reply(message))).toBe(false),
);

test('whatever ioredis or the socket says of the connection is an outage, a wrong argument is none', () => {
  expect(isRedisOutage(new Error('Connection is closed.'))).toBe(true);
  expect(isRedisOutage(new Error('Command timed out'))).toBe(true);
  expect(isRedisOutage(Object.assign(new Error('x'), { name: 'MaxRetriesPerRequestError' }))).toBe(true);
  expect(isRedisOutage(Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect' }))).toBe(true);
  expect(isRedisOutage(new TypeError('client.set is not a function'))).toBe(false);
  expect(replyCodeOf(new Error('OOM'))).toBeUndefined();
});
