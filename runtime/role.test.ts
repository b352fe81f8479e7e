import { expect, test } from 'vitest';
import { createRole, createTeardownStack } from './role.ts';

const later = () => new Promise((resolve) => setImmediate(resolve));

test('what was acquired last is released first, one after the other', async () => {
  const stack = createTeardownStack();
  const released: string[] = [];
  for (const name of ['pool', 'queue', 'listener']) {
    stack.onStop(name, async () => {
      await later();
      released.push(name);
    });
  }
  await stack.unwind();
  expect(released).toEqual(['listener', 'queue', 'pool']);
});

test('stopping twice, also at the same time, releases everything once', async () => {
  let releases = 0;
  const role = createRole('ingest', async (teardown) => {
    teardown.onStop('pool', async () => {
      await later();
      releases++;
    });
  });
  await role.stop();
  await role.start();
  await Promise.all([role.stop(), role.stop()]);
  await role.stop();
  expect(releases).toBe(1);
});

test('one release that fails keeps no other from happening, and is reported', async () => {
  const stack = createTeardownStack();
  const released: string[] = [];
  stack.onStop('pool', () => released.push('pool'));
  stack.onStop('queue', () => {
    throw new Error('connection reset');
  });
  await expect(stack.unwind()).rejects.toThrow('stopping queue failed');
  expect(released).toEqual(['pool']);
});

test('a start that fails releases what it had acquired and throws its own reason', async () => {
  const released: string[] = [];
  const role = createRole('broker', async (teardown) => {
    teardown.onStop('pool', () => released.push('pool'));
    await later();
    throw new Error('the port is taken');
  });
  await expect(role.start()).rejects.toThrow('the port is taken');
  expect(released).toEqual(['pool']);
});

test('a stop while it is starting waits until it has started, and then releases everything', async () => {
  const pool = Promise.withResolvers<void>();
  const events: string[] = [];
  const role = createRole('ingest', async (teardown) => {
    teardown.onStop('pool', () => events.push('pool ended'));
    await pool.promise;
    events.push('asked the pool');
    teardown.onStop('loop', () => events.push('loop stopped'));
  });
  const starting = role.start();
  const stopping = role.stop();
  await later();
  pool.resolve();
  await Promise.all([starting, stopping]);
  expect(events).toEqual(['asked the pool', 'loop stopped', 'pool ended']);
});
