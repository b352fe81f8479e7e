// Asks a broker what it does while its journal is away: how long a message waits before its connection is closed, and from when on who
// comes anew is refused.
import mqtt from 'mqtt';
import { createDevice } from '../system/clinic.ts';
import { connectStubbornly, publishUntilAcknowledged } from './publish-until-acknowledged.ts';
import { type Item, payloadOf } from './reading-ledger.ts';
import type { FaultScene } from './snoozed-alert.ts';

export interface BrokerProbe {
  /** When the engine has gone. */
  begin(): void;
  end(): Promise<{
    /** Undefined: its message was acknowledged. */
    readonly closedAfterSeconds: string | undefined;
    /** Undefined: never. */
    readonly refusedFromSeconds: string | undefined;
  }>;
}

const EVERY_MS = 250;
const UNAVAILABLE = 3;

/** @param patientId of a patient who is not looked at otherwise */
export async function probeBroker({ system, ledger }: FaultScene, patientId: string): Promise<BrokerProbe> {
  const url = `mqtt://127.0.0.1:${system.mqttPort}`;
  const access = await createDevice(system.api, 'glucometer', patientId);
  const topic = `v1/devices/${access.deviceId}/readings`;
  const waiting = await mqtt.connectAsync(url, { ...access.mqtt, clientId: 'waits', reconnectPeriod: 0 });
  ledger.watch(waiting);
  let closedAfterSeconds: string | undefined;
  let refusedFromSeconds: string | undefined;
  let unacknowledged: Item | undefined;
  let running = true;
  let asking: Promise<void> = Promise.resolve();

  return {
    begin() {
      const goneAt = performance.now();
      const seconds = () => ((performance.now() - goneAt) / 1000).toFixed(1);
      const at = Date.now();
      const item: Item = {
        fate: 'new',
        kind: 'smbg',
        at,
        value: 110,
        reading: { kind: 'smbg', at, value: 110, unit: 'mg/dL' },
      };
      unacknowledged = item;
      waiting.on('close', () => {
        if (unacknowledged) closedAfterSeconds ??= seconds();
      });
      waiting.publish(topic, payloadOf([item]), { qos: 1 }, (error) => {
        if (error) return;
        unacknowledged = undefined;
        ledger.acknowledge(access, [item]);
      });
      asking = (async () => {
        for (let asked = 0; running; asked++) {
          const code = await connectOnce(url, { ...access.mqtt, clientId: `asks-${asked}` });
          if (code === UNAVAILABLE) refusedFromSeconds ??= seconds();
          await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
        }
      })();
    },
    async end() {
      running = false;
      await asking;
      await waiting.endAsync(true);
      if (unacknowledged) {
        // As any device it sends it again.
        const again = connectStubbornly(system.mqttPort, access.mqtt, 'again');
        await publishUntilAcknowledged(again, access.deviceId, payloadOf([unacknowledged]));
        ledger.acknowledge(access, [unacknowledged]);
        await again.endAsync(true);
      }
      return { closedAfterSeconds, refusedFromSeconds };
    },
  };
}

/** The CONNACK's code; undefined without one. */
function connectOnce(url: string, options: mqtt.IClientOptions): Promise<number | undefined> {
  return new Promise((resolve) => {
    const client = mqtt.connect(url, { ...options, reconnectPeriod: 0, connectTimeout: 35_000 });
    const settle = (code: number | undefined) => {
      resolve(code);
      client.end(true);
    };
    client.once('connect', () => settle(0));
    client.once('error', (error) => settle('code' in error ? Number(error.code) : undefined));
    client.once('close', () => settle(undefined));
  });
}
