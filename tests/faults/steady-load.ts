// A load that remembers what was acknowledged: devices publish one reading after the other, again after each lost connection with the
// same identity, until told to stop.
import mqtt from 'mqtt';
import type { DeviceAccess } from '../system/clinic.ts';

export interface SteadyLoad {
  /** `deviceId at` of every reading that had its PUBACK. */
  readonly acknowledged: ReadonlySet<string>;
  /** Stops publishing; resolves when nothing waits for its PUBACK. */
  stop(): Promise<void>;
}

const PAUSE_MS = 5;

/** Readings lie `stepMs` apart in device time, ending now; most in range, so that only the marked low raises an alert. */
export function startSteadyLoad(
  port: number,
  devices: readonly DeviceAccess[],
  firstAt: number,
  stepMs: number,
): SteadyLoad {
  const acknowledged = new Set<string>();
  let stopping = false;

  const publishers = devices.map(async (device, number) => {
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...device.mqtt,
      clientId: 'steady',
      reconnectPeriod: 100,
      connectTimeout: 3000,
      // The library keeps what is unacknowledged and sends it again when it is connected again.
      clean: true,
      queueQoSZero: false,
    });
    client.on('error', () => undefined);
    try {
      for (let index = 0; !stopping; index++) {
        const at = firstAt + index * stepMs + number;
        const reading = { kind: 'cgm', at, value: 110 + ((index + number) % 40), unit: 'mg/dL', seq: index };
        await publishUntilAcknowledged(client, device.deviceId, reading);
        acknowledged.add(`${device.deviceId} ${at}`);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      await client.endAsync(true);
    }
  });

  return {
    acknowledged,
    stop: async () => {
      stopping = true;
      await Promise.all(publishers);
    },
  };
}

async function publishUntilAcknowledged(client: mqtt.MqttClient, deviceId: string, reading: unknown): Promise<void> {
  for (;;) {
    try {
      await client.publishAsync(`v1/devices/${deviceId}/readings`, JSON.stringify(reading), { qos: 1 });
      return;
    } catch {
      // Not acknowledged: the same reading goes out again.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
