// Aedes with our hooks: who may connect, who may hear what. No PUBLISH of a client reaches it (device-connection.ts), so what it keeps
// and fans out is ours alone; a will goes into the journal and nowhere else.
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Aedes, type Client, type ConnectPacket, type Subscription } from 'aedes';
import type { Log } from '../runtime/log.ts';
import type { Admission } from './admit-connect.ts';
import { type ConnectionHooks, DeviceConnection } from './device-connection.ts';
import type { PublishIntake } from './publish-intake.ts';
import { CONNECT_REFUSALS } from './session.ts';
import type { UnreleasedPackets } from './unreleased-packets.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** MQTT 3.1 allows 23 characters; the session's id has the user name in front. */
const MAX_CLIENT_ID_CHARACTERS = 512;

export interface MqttBroker {
  start(): Promise<void>;
  /** Takes over a socket that was just accepted. */
  accept(socket: Socket): DeviceConnection;
  publish(message: { readonly topic: string; readonly payload: string; readonly retain: boolean }): void;
  /** Closes every session. */
  stop(): Promise<void>;
}

export interface MqttBrokerDeps {
  readonly log: Log;
  readonly admit: (packet: ConnectPacket) => Promise<Admission>;
  readonly intake: PublishIntake;
  readonly unreleased: UnreleasedPackets;
  readonly connectionHooks: ConnectionHooks;
  /** To be awaited before CONNACK; never rejects. */
  readonly announceSession: (connection: DeviceConnection) => Promise<void>;
  /** Of a device that is signing in: whether its session goes on with what it had before. Rejects where that can't be told now. */
  readonly resumeSession: (connection: DeviceConnection) => Promise<boolean>;
  /** CONNACK has been sent. */
  readonly onReady: (connection: DeviceConnection) => void;
  /** Answers whether it is granted. */
  readonly authoriseSubscription: (connection: DeviceConnection, subscription: Subscription) => Promise<boolean>;
  readonly onUnsubscribe: (connection: DeviceConnection, topics: readonly string[]) => void;
  /** Whether what is published may still be delivered to it. */
  readonly mayReceive: (connection: DeviceConnection, topic: string) => boolean;
}

class Refused extends Error {
  readonly returnCode: number;

  constructor(returnCode: number) {
    super(`refused with CONNACK ${returnCode}`);
    this.returnCode = returnCode;
  }
}

export function createMqttBroker(deps: MqttBrokerDeps): MqttBroker {
  const { admit, intake, unreleased } = deps;

  /** Never rejects. What is changed in the packet is all that Aedes hears of. */
  async function begin(connection: DeviceConnection, packet: ConnectPacket): Promise<void> {
    const admission = await admit(packet);
    if ('refusal' in admission) {
      connection.refusal = admission.refusal;
      return;
    }
    const { session, sessionId } = admission;
    connection.sessionId = sessionId;
    packet.clientId = sessionId;
    connection.keepaliveMs = (packet.keepalive ?? 0) * 1_500;
    // A timer per connection less: connection-watch.ts looks at all of them once a second.
    packet.keepalive = 0;
    // What a user's screen has missed is retained, and it has to subscribe anew to get it.
    connection.clean = session.kind === 'user' || (packet.clean ?? true);
    packet.clean = true;
    if (packet.will) packet.will.retain = false;
    connection.session = session;
    await deps.announceSession(connection);
    try {
      connection.isResumed = session.kind === 'device' && (await deps.resumeSession(connection));
    } catch (error) {
      deps.log.warn({ err: error }, 'a session could not be resumed');
      connection.session = undefined;
      connection.refusal = CONNECT_REFUSALS.unavailable;
    }
  }

  const aedes = new Aedes({
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxClientsIdLength: MAX_CLIENT_ID_CHARACTERS,

    preConnect(client, packet, proceed) {
      const connection = connectionOf(client);
      // A protocol we don't speak is answered by Aedes itself (CONNACK 1), before anybody's secret is looked at.
      if (!connection || packet.protocolVersion === undefined || packet.protocolVersion > 4) return proceed(null, true);
      void begin(connection, packet).then(() => {
        if (connection.destroyed) proceed(new Error('closed while it was signing in'), false);
        else proceed(null, true);
      });
    },

    authenticate(client, _username, _password, done) {
      const connection = connectionOf(client);
      if (connection?.session) return done(null, true);
      done(new Refused(connection?.refusal ?? CONNECT_REFUSALS.notAuthorised), null);
    },

    authorizePublish(client, { topic, payload }, done) {
      const connection = client && connectionOf(client);
      // Whoever came to another broker hasn't gone.
      if (connection && connection.closedFor !== 'taken_over') intake.takeWill(connection, topic, Buffer.from(payload));
      // Aedes is told no: it would look for subscribers, and there are none.
      done(new Error('it is in the journal'));
    },

    authorizeSubscribe(client, subscription, done) {
      const connection = connectionOf(client);
      if (!connection) return done(null, null);
      deps.authoriseSubscription(connection, subscription).then(
        (granted) => done(null, granted ? subscription : null),
        () => done(null, null),
      );
    },

    authorizeForward(client, packet) {
      const connection = connectionOf(client);
      return connection && deps.mayReceive(connection, packet.topic) ? packet : null;
    },
  });

  // Its types don't name this event; without a listener it would end the process.
  const events: EventEmitter = aedes;
  events.on('error', (err) => deps.log.warn({ err }, 'Aedes reports an error'));
  aedes.on('clientReady', (client) => {
    const connection = connectionOf(client);
    if (!connection || connection.destroyed) return;
    unreleased.begin(connection);
    connection.becomeReady();
    deps.onReady(connection);
  });
  aedes.on('unsubscribe', (topics, client) => {
    const connection = client && connectionOf(client);
    // Aedes says so of all that a closing connection had subscribed to, too.
    if (connection && !client.closed) deps.onUnsubscribe(connection, topics);
  });

  return {
    start: () => aedes.listen(),
    accept(socket) {
      const connection = new DeviceConnection(socket, deps.connectionHooks);
      aedes.handle(connection);
      return connection;
    },
    publish({ topic, payload, retain }) {
      aedes.publish({ cmd: 'publish', topic, payload, retain, qos: 1, dup: false }, () => {});
    },
    stop: () => new Promise((resolve) => aedes.close(resolve)),
  };
}

const connectionOf = (client: Client): DeviceConnection | undefined =>
  client.conn instanceof DeviceConnection ? client.conn : undefined;
