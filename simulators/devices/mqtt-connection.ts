// One MQTT 3.1.1 connection over a socket. mqtt-packet encodes and decodes; what this adds is what a device needs and no more,
// because thousands of connections share one process (the mqtt library's client object costs several times as much).
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parser as createParser, generate, type Packet } from 'mqtt-packet';

export interface MqttTarget {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  readonly keepaliveS: number;
  /** What the broker publishes for us when the line breaks without a goodbye. */
  readonly will: { readonly topic: string; readonly payload: string };
}

export interface MqttHandlers {
  accepted(): void;
  /** CONNACK return code 1–5; the broker closes then. */
  refused(returnCode: number): void;
  acknowledged(messageId: number): void;
  message(topic: string, payload: Buffer): void;
  /** Exactly once, also when it never opened. */
  closed(): void;
}

export interface MqttConnection {
  publish(topic: string, payload: string, messageId: number): void;
  subscribe(topics: readonly string[], messageId: number): void;
  ping(): void;
  /** When the broker was last heard, epoch ms. */
  heardAt(): number;
  /** Says DISCONNECT and closes. */
  end(): void;
  /** Cuts the connection, as a lost network does. */
  cut(): void;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

export function openMqttConnection(target: MqttTarget, handlers: MqttHandlers): MqttConnection {
  const socket = openSocket(target.url);
  const parser = createParser({ protocolVersion: 4 });
  let heardAt = Date.now();
  const send = (packet: Packet) => {
    if (!socket.destroyed) socket.write(generate(packet));
  };

  socket.on('data', (bytes) => {
    heardAt = Date.now();
    parser.parse(bytes);
  });
  // The reason of a lost connection changes nothing for a device: `closed` follows, and it tries again.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => handlers.closed());
  parser.on('error', () => socket.destroy());
  parser.on('packet', (packet: Packet) => {
    if (packet.cmd === 'connack') {
      if (packet.returnCode === 0) handlers.accepted();
      else handlers.refused(packet.returnCode ?? -1);
    } else if (packet.cmd === 'puback') {
      handlers.acknowledged(packet.messageId ?? 0);
    } else if (packet.cmd === 'publish') {
      if (packet.qos === 1) send({ cmd: 'puback', messageId: packet.messageId });
      handlers.message(packet.topic, Buffer.from(packet.payload));
    }
  });

  send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: target.clientId,
    keepalive: target.keepaliveS,
    username: target.username,
    password: Buffer.from(target.password),
    will: { ...target.will, qos: 1, retain: false },
  });

  return {
    publish(topic, payload, messageId) {
      send({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId });
    },
    subscribe(topics, messageId) {
      send({ cmd: 'subscribe', messageId, subscriptions: topics.map((topic) => ({ topic, qos: 1 as const })) });
    },
    ping() {
      send({ cmd: 'pingreq' });
    },
    heardAt: () => heardAt,
    end() {
      send({ cmd: 'disconnect' });
      socket.end();
    },
    cut() {
      socket.destroy();
    },
  };
}

function openSocket(url: string): Socket {
  const { protocol, hostname, port } = new URL(url);
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (DEFAULT_PORTS[protocol] ?? 1883) };
  const socket = protocol === 'mqtts:' ? connectTls({ ...address, servername: address.host }) : connectPlain(address);
  socket.setNoDelay(true);
  return socket;
}
