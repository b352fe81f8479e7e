import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, hang, startHttpReceiver } from '../../tests/contract/http-receiver.ts';
import { createGuardedPost, type GuardedPost } from './post-guarded.ts';

/** As many deliveries of what isn't urgent as run at once. */
const UNDER_WAY = 96;
const accept: Answer = (response) => response.writeHead(204).end();

let receiver: Awaited<ReturnType<typeof startHttpReceiver>>;
let post: GuardedPost;
beforeEach(async () => {
  receiver = await startHttpReceiver();
  post = createGuardedPost({ allow: ['127.0.0.1'], now: Date.now });
});
afterEach(async () => {
  post.stop();
  await receiver.stop();
});

describe('a host that has not answered all it was sent', () => {
  test('is sent the next message all the same: an emergency does not wait for a hundred warnings', async () => {
    receiver.answerWith(hang);
    const hanging = Array.from({ length: UNDER_WAY }, () => post(`${receiver.url}/warning`, {}, '{}'));
    await expect.poll(() => receiver.requests.length).toBe(UNDER_WAY);
    receiver.answerWith(accept);
    expect(await post(`${receiver.url}/emergency`, {}, '{}')).toEqual({ fate: 'delivered' });
    post.stop();
    const fates = (await Promise.all(hanging)).map(({ fate }) => fate);
    expect(new Set(fates)).toEqual(new Set(['failed_recoverable']));
  });
});

describe('a request that has no answer in time', () => {
  const timeOutMs = 200;

  test('may have arrived where it was on its way', async () => {
    receiver.answerWith(hang);
    const impatient = createGuardedPost({
      allow: ['127.0.0.1'],
      now: Date.now,
      timeOutMs,
    });
    const answer = await impatient(`${receiver.url}/`, {}, '{}');
    impatient.stop();
    expect(answer).toEqual({ fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: true });
  });

  test('cannot have arrived where there was no connection yet', async () => {
    const nobodyResolves = { allow: [], resolve: () => new Promise<never>(() => undefined) };
    const impatient = createGuardedPost({ ...nobodyResolves, now: Date.now, timeOutMs });
    const answer = await impatient('https://clinic.example/', {}, '{}');
    impatient.stop();
    expect(answer).toEqual({ fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: false });
  });
});
