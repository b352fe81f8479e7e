import { expect, test } from 'vitest';
import type { DeviceConnection } from './device-connection.ts';
import { createKeptSubscriptions } from './kept-subscriptions.ts';

const connection = (sessionId: string, clean = false) => ({ sessionId, clean }) as DeviceConnection;

test('a session goes on with what it subscribed to and did not unsubscribe from', () => {
  const kept = createKeptSubscriptions();
  kept.add(connection('a'), 'one', 1);
  kept.add(connection('a'), 'two', 1);
  kept.add(connection('a'), 'two', 0);
  kept.remove(connection('a'), 'one');
  kept.add(connection('b', true), 'three', 1);
  expect(kept.begin(connection('a'))).toEqual(new Map([['two', 0]]));
  expect(kept.begin(connection('b'))).toEqual(new Map());
});

test('a clean session forgets what was there before', () => {
  const kept = createKeptSubscriptions();
  kept.add(connection('a'), 'one', 1);
  expect(kept.begin(connection('a', true))).toEqual(new Map());
  expect(kept.begin(connection('a'))).toEqual(new Map());
});

test('above the limit the session that began longest ago is forgotten, and the count comes out even', () => {
  const kept = createKeptSubscriptions(3);
  for (const name of ['a', 'b', 'c']) kept.add(connection(name), 'topic', 1);
  expect(kept.begin(connection('a')).size).toBe(1);
  kept.add(connection('d'), 'topic', 1);
  const sizes = () => ['a', 'b', 'c', 'd'].map((name) => kept.begin(connection(name)).size);
  expect(sizes()).toEqual([1, 0, 1, 1]);
  for (const name of ['a', 'c', 'd']) kept.remove(connection(name), 'topic');
  for (const name of ['e', 'f', 'g']) kept.add(connection(name), 'topic', 1);
  expect(['e', 'f', 'g'].map((name) => kept.begin(connection(name)).size)).toEqual([1, 1, 1]);
});
