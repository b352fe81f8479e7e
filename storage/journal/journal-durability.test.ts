import { expect, test } from 'vitest';
import { findUnsafeSettings } from './journal-durability.ts';

const settings = (synchronousCommit: string) =>
  new Map([
    ['fsync', 'on'],
    ['full_page_writes', 'on'],
    ['synchronous_commit', synchronousCommit],
  ]);

test.each(['on', 'local', 'remote_write', 'remote_apply'])(
  'a commit that waits for the local flush (%s) is durable',
  (value) => {
    expect(findUnsafeSettings(settings(value))).toEqual([]);
  },
);

test('a commit that does not wait for the flush is refused, and nothing else with it', () => {
  expect(findUnsafeSettings(settings('off')).map(({ name, given }) => ({ name, given }))).toEqual([
    { name: 'PostgreSQL setting synchronous_commit', given: 'off' },
  ]);
});

test('a setting that can not be read is not taken for safe', () => {
  expect(findUnsafeSettings(new Map())).toHaveLength(3);
});
