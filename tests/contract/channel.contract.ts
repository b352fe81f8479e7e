// What every channel has to keep (DESIGN §6): three answers, told apart by what a retry could change, within the time-out, with the
// same key over retries, and no address, secret or word of the other side in anything that is stored or logged.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, ChannelAnswer, Destination, Notification } from '../../alerting/channels/channel.ts';

/** The other side of a channel: a receiver that behaves as told. */
export interface ChannelReceiver {
  readonly channel: Channel;
  /** A destination whose address and secret are recognisable, so that a leak is. */
  readonly destination: Destination;
  readonly timeOutMs: number;
  /** How the next attempts end. `hang`: the connection is taken and nothing ever answered. */
  behave(as: 'accept' | 'refuse_for_now' | 'refuse_for_good' | 'hang' | 'hang_up'): void;
  /** Idempotency keys in the order they came. */
  keys(): readonly string[];
  stop(): Promise<void>;
}

export function exampleNotification(): Notification {
  return {
    notificationId: randomUUID(),
    alertId: randomUUID(),
    kind: 'opened',
    severity: 'critical',
    condition: 'glucose',
    direction: 'low',
    openedAt: Date.UTC(2026, 10, 22, 18, 10),
    link: 'https://clinic.example/#/alerts/1',
  };
}

export function describeChannel(name: string, startReceiver: () => Promise<ChannelReceiver>): void {
  describe(`channel ${name}`, () => {
    let receiver: ChannelReceiver;
    beforeAll(async () => {
      receiver = await startReceiver();
    });
    afterAll(async () => {
      await receiver.channel.stop?.();
      await receiver.stop();
    });
    beforeEach(() => receiver.behave('accept'));

    const send = (notification = exampleNotification()): Promise<ChannelAnswer> =>
      receiver.channel.send(notification, receiver.destination);

    test('what is accepted is delivered', async () => {
      expect(await send()).toEqual({ fate: 'delivered' });
    });

    test.each(['refuse_for_now', 'hang_up'] as const)('%s is worth another try', async (behaviour) => {
      receiver.behave(behaviour);
      expect(await send()).toMatchObject({ fate: 'failed_recoverable', reason: expect.stringMatching(/^[a-z0-9_]+$/) });
    });

    test('what is refused for good is not tried again', async () => {
      receiver.behave('refuse_for_good');
      expect(await send()).toMatchObject({ fate: 'failed_final', reason: expect.stringMatching(/^[a-z0-9_]+$/) });
    });

    test('a receiver that hangs costs the time-out and no more', async () => {
      receiver.behave('hang');
      const begunAt = performance.now();
      expect(await send()).toMatchObject({ fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: true });
      expect(performance.now() - begunAt).toBeLessThan(receiver.timeOutMs + 1_000);
    });

    test('the key is the same over all attempts of one notification and another for the next', async () => {
      const [first, second] = [exampleNotification(), exampleNotification()];
      const before = receiver.keys().length;
      receiver.behave('refuse_for_now');
      await send(first);
      await send(first);
      receiver.behave('accept');
      await send(first);
      await send(second);
      const [a, b, c, d] = receiver.keys().slice(before);
      expect(new Set([a, b, c]).size).toBe(1);
      expect(d).not.toBe(a);
    });

    test('no answer carries the address or the secret', async () => {
      for (const behaviour of ['accept', 'refuse_for_now', 'refuse_for_good', 'hang_up'] as const) {
        receiver.behave(behaviour);
        const answer = JSON.stringify(await send());
        for (const part of [receiver.destination.address, receiver.destination.secret])
          if (part) expect(answer).not.toContain(part);
      }
    });
  });
}
