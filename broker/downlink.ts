// When rejections and requests are sent: on a notification, when somebody begins to listen, and, lest a notification was lost,
// every half minute and whenever listening to the database had been interrupted.
import type { Log } from '../runtime/log.ts';
import { createNotificationListener } from '../storage/notification-listener.ts';
import type { BrokerCounters } from './broker-counters.ts';
import type { DownlinkListener, DownlinkSubscriptions } from './downlink-subscriptions.ts';
import { DOWNLINK_KINDS, type DownlinkKind } from './topic-rights.ts';

/** What comes within this time is one query. */
const SEND_AFTER_MS = 100;
const SETTLE_EVERY_MS = 500;
const LOOK_AT_ALL_EVERY_MS = 30_000;

export interface Downlink {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Somebody is ready to hear. */
  listens(listener: DownlinkListener): void;
}

/** What one kind of message to devices knows of them. Both throw what pg throws, and keep what they had to do. */
export interface DeviceDownlink {
  /** Sends what is due of these devices to whoever listens, and answers the devices to ask for again. */
  send(deviceKeys: readonly number[]): Promise<readonly number[]>;
  /** Writes down what was acknowledged. */
  settle(): Promise<void>;
}

export interface DownlinkDeps {
  readonly databaseUrl: string;
  readonly subscriptions: DownlinkSubscriptions;
  readonly kinds: Readonly<Record<DownlinkKind, DeviceDownlink>>;
  readonly counters: BrokerCounters;
  readonly log: Log;
}

export function createDownlink(deps: DownlinkDeps): Downlink {
  const { databaseUrl, subscriptions, kinds, counters, log } = deps;
  const due: Readonly<Record<DownlinkKind, Set<number>>> = { rejections: new Set(), requests: new Set() };
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let isSending = false;
  let sending: Promise<void> | undefined;
  let allAt = performance.now() + LOOK_AT_ALL_EVERY_MS;
  let stopped = false;

  const listener = createNotificationListener({
    databaseUrl,
    channels: ['downlinks'],
    log,
    onNotification(_channel, payload) {
      const [kind, key] = payload.split(' ');
      if (kind === 'rejections' || kind === 'requests') markDue(kind, Number(key));
    },
    onConnected: markAll,
  });

  function markDue(kind: DownlinkKind, deviceKey: number): void {
    if (subscriptions.of(kind, deviceKey).length === 0) return;
    due[kind].add(deviceKey);
    schedule(SEND_AFTER_MS);
  }

  function markAll(): void {
    allAt = performance.now() + LOOK_AT_ALL_EVERY_MS;
    for (const kind of DOWNLINK_KINDS)
      for (const deviceKey of subscriptions.devicesWith(kind)) markDue(kind, deviceKey);
  }

  /** Sooner than what is scheduled, never later. */
  function schedule(afterMs: number): void {
    const at = performance.now() + afterMs;
    if (stopped || isSending || at >= timerAt) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(() => {
      sending = send();
    }, afterMs);
  }

  async function send(): Promise<void> {
    isSending = true;
    if (performance.now() > allAt) markAll();
    for (const kind of DOWNLINK_KINDS) {
      const keys = [...due[kind]];
      due[kind].clear();
      try {
        await kinds[kind].settle();
        for (const key of keys.length > 0 ? await kinds[kind].send(keys) : []) due[kind].add(key);
      } catch (error) {
        for (const key of keys) due[kind].add(key);
        counters.downlinkFailures.inc({ kind });
        log.debug({ err: error, kind }, 'downlinks could not be read, trying again');
      }
    }
    isSending = false;
    timerAt = Number.POSITIVE_INFINITY;
    schedule(due.rejections.size + due.requests.size > 0 ? SEND_AFTER_MS : SETTLE_EVERY_MS);
  }

  return {
    async start() {
      schedule(SETTLE_EVERY_MS);
      await listener.start();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sending;
      await listener.stop();
      for (const kind of DOWNLINK_KINDS)
        await kinds[kind]
          .settle()
          .catch((error: unknown) => log.debug({ err: error, kind }, 'delivered downlinks will be sent again'));
    },
    listens: ({ kind, deviceKey }) => markDue(kind, deviceKey),
  };
}
