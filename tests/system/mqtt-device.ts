// A device's connection for tests, over the mqtt library: publish resolves with the PUBACK.
import mqtt from 'mqtt';
import type { DeviceAccess } from './clinic.ts';

export interface TestDevice {
  publish(payload: unknown, deviceId?: string): Promise<void>;
  publishBytes(topic: string, payload: Buffer | string, qos?: 0 | 1 | 2): Promise<void>;
  /** For what a test wants to know of the packets themselves. */
  readonly client: mqtt.MqttClient;
  /** Messages on the topics it subscribed to, oldest first. */
  readonly inbox: readonly { readonly topic: string; readonly payload: unknown }[];
  close(): Promise<void>;
}

export async function connectDevice(port: number, access: DeviceAccess): Promise<TestDevice> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    ...access.mqtt,
    clientId: 'test',
    reconnectPeriod: 200,
  });
  const inbox: { topic: string; payload: unknown }[] = [];
  client.on('message', (topic, payload) => inbox.push({ topic, payload: JSON.parse(payload.toString()) }));
  await client.subscribeAsync(`v1/devices/${access.deviceId}/rejections`, { qos: 1 });
  return {
    client,
    inbox,
    publish: async (payload, deviceId = access.deviceId) => {
      await client.publishAsync(`v1/devices/${deviceId}/readings`, JSON.stringify(payload), { qos: 1 });
    },
    publishBytes: async (topic, payload, qos = 1) => {
      await client.publishAsync(topic, payload, { qos });
    },
    close: () => client.endAsync(true),
  };
}
