// What a test has sent and had acknowledged, item by item: what the system's own books are held against.
import type { MqttClient } from 'mqtt';
import type { DeviceAccess } from '../system/clinic.ts';

/** What has to become of an item; when it is sent again after its first acknowledgement got lost, `again`. */
export type Fate = 'new' | 'again' | 'corrected' | 'rejected';

export interface Item {
  readonly fate: Fate;
  /** What the wire gets. */
  readonly reading: unknown;
  /** Of a reading that is kept: its kind, `at` and the number that the readings table has for it (blood pressure: systolic). */
  readonly kind?: string;
  readonly at?: number;
  readonly value?: number;
}

export interface ReadingLedger {
  /** Acknowledged identities, `deviceId kind at`, with the value that counts now. */
  readonly values: ReadonlyMap<string, number>;
  /** Acknowledged items by what has to become of them. */
  readonly acknowledged: Readonly<Record<Fate, number>>;
  /** Items that went over the wire, those included that went more than once. */
  readonly transmitted: () => number;
  /** Counts every packet that the client puts on the wire, its own repetitions included. */
  watch(client: MqttClient): void;
  /** To be called with the PUBACK. */
  acknowledge(device: Pick<DeviceAccess, 'deviceId'>, items: readonly Item[]): void;
}

export function createReadingLedger(): ReadingLedger {
  const values = new Map<string, number>();
  const acknowledged = { new: 0, again: 0, corrected: 0, rejected: 0 };
  let transmitted = 0;
  return {
    values,
    acknowledged,
    transmitted: () => transmitted,
    watch(client) {
      client.on('packetsend', (packet) => {
        if (packet.cmd === 'publish') transmitted += itemsIn(packet.payload.toString());
      });
    },
    acknowledge({ deviceId }, items) {
      for (const { fate, kind, at, value } of items) {
        acknowledged[fate]++;
        if ((fate === 'new' || fate === 'corrected') && value !== undefined)
          values.set(`${deviceId} ${kind} ${at}`, value);
      }
    },
  };
}

/** The message of these items: a reading, or an array of them. */
export function payloadOf(items: readonly Item[]): string {
  const [first, ...others] = items;
  return JSON.stringify(others.length === 0 ? first?.reading : items.map(({ reading }) => reading));
}

function itemsIn(payload: string): number {
  const message: unknown = JSON.parse(payload);
  return Array.isArray(message) ? message.length : 1;
}

/** A fingerstick that pages: 45 mg/dL, just now. */
export function lowFingerstick(at = Date.now() - 1000): Item {
  return fingerstick(at, 45);
}

export function fingerstick(at: number, value: number): Item {
  return {
    fate: 'new',
    kind: 'smbg',
    at,
    value,
    reading: { kind: 'smbg', at, value, unit: 'mg/dL', context: 'random' },
  };
}
