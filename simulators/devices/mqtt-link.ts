// A device's or gateway's line to the broker: keeps it open, delivers its outboxes one after the other, starts again when it breaks.
// Promise: an entry is done on PUBACK and never before; whatever was on its way when the line broke goes out again.
import type { Random } from '../traces/random.ts';
import { type BackoffLimits, createBackoff } from './backoff.ts';
import type { LinkCounters } from './link-counters.ts';
import { type MqttConnection, openMqttConnection } from './mqtt-connection.ts';
import type { Batch, Outbox } from './outbox.ts';
import { encodeReadings } from './wire-reading.ts';

/** One device's post on the link. A lone device has one, a gateway one per device. */
export interface Letterbox {
  readonly deviceId: string;
  readonly outbox: Outbox;
  /** Sent at every connect. */
  status(): object;
  /** Of the device's `requests` topic. */
  onRequest?(payload: Buffer): void;
}

export interface LinkLimits {
  /** Messages without PUBACK at a time. */
  readonly inFlight: number;
  /** The line is given up when a PUBACK or CONNACK takes longer. */
  readonly answerWithinMs: number;
  readonly keepaliveS: number;
  readonly backoff: BackoffLimits;
}

/** The broker may take 30 s over an append while its journal is away; that is no reason to send again. */
export const DEVICE_LIMITS: LinkLimits = {
  inFlight: 1,
  answerWithinMs: 45_000,
  keepaliveS: 60,
  backoff: { firstMs: 500, longestMs: 30_000 },
};

export interface LinkDeps {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly letterboxes: readonly Letterbox[];
  readonly counters: LinkCounters;
  readonly random: Random;
  readonly limits?: LinkLimits;
}

export interface MqttLink {
  /** Connects after `delayMs`, and again whenever the line breaks. */
  goOnline(delayMs?: number): void;
  /** Cuts the line, as a lost network does, until `goOnline`. */
  goOffline(): void;
  /** There may be something to deliver. */
  nudge(): void;
  isOpen(): boolean;
  /** Says goodbye; at most 2 s. */
  stop(): Promise<void>;
}

type Underway =
  | { readonly sentAt: number; readonly letterbox: Letterbox; readonly batch: Batch }
  | { readonly sentAt: number; readonly batch?: undefined };

export function createMqttLink(deps: LinkDeps): MqttLink {
  const { letterboxes, counters, limits = DEVICE_LIMITS } = deps;
  const backoff = createBackoff(limits.backoff, deps.random);
  const underway = new Map<number, Underway>();
  const checkEveryMs = Math.max(10, Math.min(limits.answerWithinMs / 3, (limits.keepaliveS * 1_000) / 4));
  let wanted = false;
  let connection: MqttConnection | undefined;
  let open = false;
  let everOpened = false;
  let connectingSince = 0;
  let spokenAt = 0;
  let lastMessageId = 0;
  let nextLetterbox = 0;
  let retry: NodeJS.Timeout | undefined;
  let check: NodeJS.Timeout | undefined;
  let lineClosed = Promise.withResolvers<void>();

  function connect(): void {
    retry = undefined;
    connectingSince = Date.now();
    lineClosed = Promise.withResolvers();
    const { url, username, password } = deps;
    connection = openMqttConnection(
      {
        url,
        username,
        password,
        clientId: username,
        keepaliveS: limits.keepaliveS,
        // A gateway's username is its own device id.
        will: { topic: topicOf(username, 'status'), payload: '{"online":false}' },
      },
      { accepted, refused: () => (counters.refused += 1), acknowledged, message, closed },
    );
    check = setInterval(checkLine, checkEveryMs);
  }

  function accepted(): void {
    open = true;
    counters.connects += 1;
    if (everOpened) counters.reconnects += 1;
    everOpened = true;
    const topics = letterboxes.flatMap(({ deviceId }) => [
      topicOf(deviceId, 'rejections'),
      topicOf(deviceId, 'requests'),
    ]);
    connection?.subscribe(topics, takeMessageId());
    for (const { deviceId, status } of letterboxes) {
      publish(topicOf(deviceId, 'status'), JSON.stringify(status()), { sentAt: Date.now() });
    }
    pump();
  }

  function acknowledged(messageId: number): void {
    const delivered = underway.get(messageId);
    if (!delivered) return;
    underway.delete(messageId);
    // Not at CONNACK: a broker that accepts and then throws us out must not be asked again at once.
    backoff.reset();
    if (delivered.batch) {
      delivered.letterbox.outbox.acknowledge(delivered.batch);
      counters.acknowledged += delivered.batch.entries.length;
    }
    pump();
  }

  function message(topic: string, payload: Buffer): void {
    const [, , deviceId, channel] = topic.split('/');
    if (channel === 'rejections') counters.rejected += countItems(payload);
    if (channel !== 'requests') return;
    counters.requests += 1;
    letterboxes.find((letterbox) => letterbox.deviceId === deviceId)?.onRequest?.(payload);
  }

  function closed(): void {
    clearInterval(check);
    connection = undefined;
    open = false;
    for (const lost of [...underway.values()].reverse()) {
      if (lost.batch) lost.letterbox.outbox.giveBack(lost.batch);
    }
    underway.clear();
    if (wanted) retry = setTimeout(connect, backoff.nextMs());
    lineClosed.resolve();
  }

  function pump(): void {
    while (open && underway.size < limits.inFlight) {
      const next = takeNext();
      if (!next) return;
      const { letterbox, batch } = next;
      counters.published += batch.entries.length - batch.resent;
      counters.resent += batch.resent;
      publish(topicOf(letterbox.deviceId, 'readings'), encode(batch), { sentAt: Date.now(), letterbox, batch });
    }
  }

  function takeNext(): { letterbox: Letterbox; batch: Batch } | undefined {
    for (let tried = 0; tried < letterboxes.length; tried++) {
      const letterbox = letterboxes[nextLetterbox % letterboxes.length]!;
      nextLetterbox = (nextLetterbox + 1) % letterboxes.length;
      const batch = letterbox.outbox.take();
      if (batch) return { letterbox, batch };
    }
    return undefined;
  }

  function publish(topic: string, payload: string, as: Underway): void {
    const messageId = takeMessageId();
    underway.set(messageId, as);
    spokenAt = as.sentAt;
    connection?.publish(topic, payload, messageId);
  }

  /** 1 to 65,535 in turn; with at most `inFlight` in use, a free one is always near. */
  function takeMessageId(): number {
    do lastMessageId = (lastMessageId % 65_535) + 1;
    while (underway.has(lastMessageId));
    return lastMessageId;
  }

  function checkLine(): void {
    const now = Date.now();
    const [oldest] = underway.values();
    const waitingSince = open ? oldest?.sentAt : connectingSince;
    const heardAt = connection?.heardAt() ?? now;
    const keepaliveMs = limits.keepaliveS * 1_000;
    const isOverdue = waitingSince !== undefined && now - waitingSince > limits.answerWithinMs;
    const isSilent = open && now - heardAt > 1.5 * keepaliveMs;
    if (isOverdue || isSilent) {
      connection?.cut();
    } else if (open && now - Math.min(spokenAt, heardAt) >= keepaliveMs / 2) {
      connection?.ping();
      spokenAt = now;
    }
  }

  return {
    goOnline(delayMs = 0) {
      wanted = true;
      if (!connection && !retry) retry = setTimeout(connect, delayMs);
    },
    goOffline() {
      wanted = false;
      clearTimeout(retry);
      retry = undefined;
      connection?.cut();
    },
    nudge: pump,
    isOpen: () => open,
    async stop() {
      wanted = false;
      clearTimeout(retry);
      retry = undefined;
      if (!connection) return;
      const patience = setTimeout(() => connection?.cut(), 2_000);
      if (open) connection.end();
      else connection.cut();
      await lineClosed.promise;
      clearTimeout(patience);
    },
  };
}

const topicOf = (deviceId: string, channel: string): string => `v1/devices/${deviceId}/${channel}`;

function encode({ entries }: Batch): string {
  const [first] = entries;
  if (first && 'brokenPayload' in first) return first.brokenPayload;
  return encodeReadings(
    entries.flatMap((entry) => ('reading' in entry ? [entry.reading] : [])),
    Date.now(),
  );
}

function countItems(payload: Buffer): number {
  try {
    const items: unknown = JSON.parse(payload.toString());
    return Array.isArray(items) ? items.length : 0;
  } catch {
    // What the system says is not ours to judge; a fleet doesn't stop for it.
    return 0;
  }
}
