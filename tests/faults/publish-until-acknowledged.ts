// How devices of a load publish: what is not acknowledged goes out again, over connections that come back by themselves.
import mqtt, { type MqttClient } from 'mqtt';

/** Sign-ins refused because the journal is away (CONNACK 3) are tried again like lost connections. */
export function connectStubbornly(
  port: number,
  access: { readonly username: string; readonly password: string },
  clientId: string,
): MqttClient {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    username: access.username,
    password: access.password,
    clientId,
    reconnectPeriod: 100,
    reconnectOnConnackError: true,
    // On a busy machine a storm of hundreds is answered late: whoever gives up sooner only comes again.
    connectTimeout: 20_000,
    // The library keeps what is unacknowledged and sends it again when it is connected again.
    clean: true,
    queueQoSZero: false,
  });
  client.on('error', () => undefined);
  return client;
}

/** Resolves with the PUBACK. */
export async function publishUntilAcknowledged(client: MqttClient, deviceId: string, payload: string): Promise<void> {
  for (;;) {
    try {
      await client.publishAsync(`v1/devices/${deviceId}/readings`, payload, { qos: 1 });
      return;
    } catch {
      // Not acknowledged: the same message goes out again.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
