// From a PUBLISH to its place in the append queue: whose it is, what flags it gets, when it is its turn.
// Promise: what a signed-in client sends on `v1/devices/…` goes into the journal and is judged there; only foreign topics end a connection.
import type { Log } from '../runtime/log.ts';
import { partitionOfDevice, partitionOfPatient } from '../storage/journal/partition-of.ts';
import { MESSAGE_FLAGS } from '../storage/journal/record-frame.ts';
import type { DeviceEntry } from '../storage/registry/device-entry.ts';
import { type AppendQueue, type AppendWaiter, MAX_WAIT_MS } from './append-queue.ts';
import type { BrokerCounters } from './broker-counters.ts';
import { type DeviceConnection, RECEIVED_BIT } from './device-connection.ts';
import type { DeviceLoader } from './device-loader.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RefusalAudit } from './refusal-audit.ts';
import { deviceIdOf, judgePublish } from './topic-rights.ts';
import type { UnreleasedPackets } from './unreleased-packets.ts';

/** DESIGN §7: more is acknowledged and kept in part. */
const MAX_PAYLOAD_BYTES = 256 * 1024;
const LOOK_AGAIN_MS = 500;
/** In the first byte of a PUBLISH. */
const DUP = 0b1000;
const NUL = 0;
const PLUS = 43;
const HASH = 35;

/** A message on its way; bytes are views of what was received. */
interface Arrival {
  readonly connection: DeviceConnection;
  readonly topic: Buffer;
  readonly payload: Buffer;
  readonly receivedAt: number;
  readonly waiter: AppendWaiter | undefined;
  readonly token: number;
}

export interface PublishIntake {
  /** A PUBLISH packet; its acknowledgement goes to the connection. Answers whether it was well-formed. */
  takePacket(connection: DeviceConnection, data: Buffer, start: number, bodyStart: number, end: number): boolean;
  /** A will, which nobody is told about. */
  takeWill(connection: DeviceConnection, topic: string, payload: Buffer): void;
  /** What the broker itself says of a device, e.g. that it is online. */
  note(device: DeviceEntry, topic: string, payload: Buffer): void;
}

export interface PublishIntakeDeps {
  readonly partitions: number;
  readonly queue: Pick<AppendQueue, 'add'>;
  readonly devices: DeviceLoader;
  readonly unreleased: UnreleasedPackets;
  readonly rateLimit: RateLimit;
  readonly audit: RefusalAudit;
  readonly counters: BrokerCounters;
  readonly log: Log;
  /** How long a message waits for the registry before its connection is closed; default 30 s. */
  readonly maxWaitMs?: number | undefined;
}

export function createPublishIntake(deps: PublishIntakeDeps): PublishIntake {
  const { partitions, queue, devices, unreleased, rateLimit, audit, counters, log, maxWaitMs = MAX_WAIT_MS } = deps;
  let lookingFails = false;

  function takePacket(
    connection: DeviceConnection,
    data: Buffer,
    start: number,
    bodyStart: number,
    end: number,
  ): boolean {
    if (bodyStart + 2 > end) return false;
    const topicStart = bodyStart + 2;
    const topicEnd = topicStart + ((data[bodyStart]! << 8) | data[bodyStart + 1]!);
    const qos = (data[start]! >> 1) & 3;
    const payloadStart = qos > 0 ? topicEnd + 2 : topicEnd;
    if (payloadStart > end || topicEnd === topicStart || qos === 3) return false;
    const packetId = qos > 0 ? (data[topicEnd]! << 8) | data[topicEnd + 1]! : 0;
    if (qos > 0 && packetId === 0) return false;
    const topic = data.toString('latin1', topicStart, topicEnd);
    if (!isPlainTopic(topic)) return false;
    if (qos === 2 && unreleased.isMetAgain(connection, packetId, (data[start]! & DUP) !== 0)) {
      connection.receivedBefore(packetId);
      return true;
    }
    connection.expectAnswer(end - payloadStart);
    judge(
      {
        connection,
        topic: data.subarray(topicStart, topicEnd),
        payload: data.subarray(payloadStart, end),
        receivedAt: Date.now(),
        waiter: connection,
        token: qos === 2 ? packetId + RECEIVED_BIT : packetId,
      },
      topic,
    );
    return true;
  }

  function judge(arrival: Arrival, topic: string): void {
    const { session } = arrival.connection;
    const judged = session ? judgePublish(session, topic, devices.peek) : 'foreign';
    if (typeof judged !== 'string') {
      pass(arrival, judged, MESSAGE_FLAGS.ok);
    } else if (judged === 'foreign' || session?.kind !== 'device') {
      if (session) audit.count(session, 'foreign_topic', topic);
      arrival.connection.close('foreign_topic');
    } else if (judged === 'not_bound') notBound(arrival, session.device);
    else look(arrival, session.device, topic);
  }

  function notBound(arrival: Arrival, gateway: DeviceEntry): void {
    counters.notBound.inc();
    pass(arrival, gateway, MESSAGE_FLAGS.deviceNotBound);
  }

  /**
   * A gateway names a device that isn't in memory. While the registry can't be read, or doesn't answer, its message waits as for the
   * journal.
   */
  function look(arrival: Arrival, gateway: DeviceEntry, topic: string): void {
    let isGivenUp = false;
    const deadline = setTimeout(() => {
      isGivenUp = true;
      counters.abandoned.inc({ reason: 'registry_unavailable' });
      if (arrival.waiter) arrival.connection.close('registry_unavailable');
    }, maxWaitMs);

    async function lookOnce(): Promise<void> {
      let device: DeviceEntry | undefined;
      try {
        device = await devices.load(deviceIdOf(topic) ?? '');
      } catch (error) {
        if (!lookingFails) log.warn({ err: error }, 'devices could not be looked up, trying again');
        lookingFails = true;
        if (!isGivenUp) setTimeout(lookOnce, LOOK_AGAIN_MS);
        return;
      }
      lookingFails = false;
      if (isGivenUp) return;
      clearTimeout(deadline);
      if (device) judge(arrival, topic);
      else notBound(arrival, gateway);
    }
    void lookOnce();
  }

  function pass(arrival: Arrival, device: DeviceEntry, flags: number): void {
    if (rateLimit.admit(device.deviceKey)) append(arrival, device, flags);
    else {
      counters.delayed.inc();
      rateLimit.holdBack(device.deviceKey, () => append(arrival, device, flags));
    }
  }

  function append(arrival: Arrival, device: DeviceEntry, flags: number): void {
    const { topic, payload, receivedAt, waiter, token } = arrival;
    const tooLarge = payload.length > MAX_PAYLOAD_BYTES;
    if (tooLarge) counters.tooLarge.inc();
    queue.add(
      partitionOf(device, receivedAt, partitions),
      {
        receivedAt,
        deviceKey: device.deviceKey,
        flags: tooLarge ? flags | MESSAGE_FLAGS.tooLarge : flags,
        topic,
        payload,
      },
      waiter,
      token,
    );
  }

  return {
    takePacket,
    takeWill(connection, topic, payload) {
      const message = { topic: Buffer.from(topic), payload, receivedAt: Date.now() };
      judge({ connection, ...message, waiter: undefined, token: 0 }, topic);
    },
    note(device, topic, payload) {
      const message = {
        receivedAt: Date.now(),
        deviceKey: device.deviceKey,
        flags: MESSAGE_FLAGS.ok,
        topic: Buffer.from(topic),
        payload,
      };
      queue.add(partitionOf(device, message.receivedAt, partitions), message, undefined, 0);
    },
  };
}

/** Of the patient it is bound to now, whatever the slot, or its own. Ingest decides; this only has to be right nearly always. */
function partitionOf({ bindings, deviceKey }: DeviceEntry, now: number, partitions: number): number {
  for (let index = bindings.length - 1; index >= 0; index--) {
    const { patientKey, fromAt, toAt } = bindings[index]!;
    if (fromAt <= now && (toAt === undefined || toAt > now)) return partitionOfPatient(patientKey, partitions);
  }
  return partitionOfDevice(deviceKey, partitions);
}

/** No wildcards [MQTT-3.3.2-2] and no NUL [MQTT-1.5.3-2]. */
function isPlainTopic(topic: string): boolean {
  for (let index = 0; index < topic.length; index++) {
    const code = topic.charCodeAt(index);
    if (code === HASH || code === PLUS || code === NUL) return false;
  }
  return true;
}
