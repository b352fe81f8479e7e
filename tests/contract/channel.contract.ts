// What every channel has to keep (DESIGN §6): three answers, told apart by what a retry could change, within the time-out, with the
// same key over retries, and no address, secret or word of the other side in anything that is stored or logged.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, ChannelAnswer, Destination, Notification } from '../../alerting/channels/channel.ts';

/** What a busy machine may take besides a time-out: less than the time-out that ships, which a channel without the given one would take. */
export const BUSY_MS = 5_000;

/** The other side of a channel: a receiver that behaves as told. */
export interface ChannelReceiver {
  readonly channel: Channel;
  /** A destination whose address and secret are recognisable, so that a leak is. */
  readonly destination: Destination;
  readonly timeOutMs: number;
  /** How the next attempts end. `hang`: the connection is taken and nothing ever answered. */
  behave(as: 'accept' | 'refuse_for_now' | 'refuse_for_good' | 'hang' | 'hang_up'): void;
  /** Idempotency keys in the order they came, or what stands for them. */
  keys(): readonly string[];
  /** Further secrets that this side knows, e.g. the part of an address that is a credential, or what the other side writes in its answers. */
  readonly unspeakable?: readonly string[] | undefined;
  /** What people get to read, in the order it came; unused where messages are for machines. */
  readonly messages?: (() => readonly string[]) | undefined;
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

export interface ChannelTraits {
  /** What a receiver tells a repeat by, where the protocol has no idempotency key of its own. */
  readonly key?: string | undefined;
  readonly isForMachines?: boolean | undefined;
}

export function describeChannel(
  name: string,
  startReceiver: () => Promise<ChannelReceiver>,
  { key = 'idempotency key', isForMachines = false }: ChannelTraits = {},
): void {
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
      expect(performance.now() - begunAt).toBeLessThan(receiver.timeOutMs + BUSY_MS);
    });

    test(`the ${key} is the same over all attempts of one notification and another for the next`, async () => {
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
        const { address, secret } = receiver.destination;
        for (const part of [address, secret, ...(receiver.unspeakable ?? [])])
          if (part) expect(answer).not.toContain(part);
      }
    });

    test('a contact without an address is not tried at all', async () => {
      const before = receiver.keys().length;
      const answer = await receiver.channel.send(exampleNotification(), {});
      expect(answer).toEqual({ fate: 'failed_final', reason: 'incomplete_contact' });
      expect(receiver.keys()).toHaveLength(before);
    });

    if (isForMachines) return;
    test('it says whether it is a test, of whom it tells, where, and no whole file number', async () => {
      const patientLabel = { surname: '欧阳', fileNumberEnd: '33010219560308' };
      const notification = { ...exampleNotification(), isTest: true, patientLabel };
      await send(notification);
      const message = receiver.messages?.().at(-1) ?? '';
      const { link } = notification;
      for (const part of ['【测试】危急：低血糖', '欧阳', '0308', link]) expect(message).toContain(part);
      expect(message).not.toContain('60308');
    });
  });
}
