// The broker: MQTT in, journal out, and back to devices and teams what is meant for them.
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificateKeeper } from '../runtime/certificate-keeper.ts';
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import type { Log } from '../runtime/log.ts';
import { createRole, type Role } from '../runtime/role.ts';
import { settleJournalPartitions } from '../storage/journal/journal-partitions.ts';
import type { Storage } from '../storage/open-storage.ts';
import { createAccessDirectory } from '../storage/registry/access-directory.ts';
import { createAdmitConnect } from './admit-connect.ts';
import { createAppendQueue } from './append-queue.ts';
import { createBrokerCounters } from './broker-counters.ts';
import { createConnectedSessions } from './connected-sessions.ts';
import { createConnectionWatch } from './connection-watch.ts';
import { createDeviceLoader } from './device-loader.ts';
import { createDownlink } from './downlink.ts';
import { createDownlinkPackets } from './downlink-packets.ts';
import { createDownlinkSubscriptions } from './downlink-subscriptions.ts';
import { createKeptSubscriptions } from './kept-subscriptions.ts';
import { createMqttBroker } from './mqtt-broker.ts';
import { createPublishIntake } from './publish-intake.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRefusalAudit } from './refusal-audit.ts';
import { createRejectionDownlink } from './rejection-downlink.ts';
import { createRequestDownlink } from './request-downlink.ts';
import { createRevocation } from './revocation.ts';
import { createSessionTakeover } from './session-takeover.ts';
import { createSignIn } from './sign-in.ts';
import { createSubscribing } from './subscribing.ts';
import { createTeamAlerts } from './team-alerts.ts';
import { mayHearTeam, statusTopic } from './topic-rights.ts';
import { createUnreleasedPackets } from './unreleased-packets.ts';

const DRAIN_MS = 5_000;
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
/** As long as a client has for its CONNECT. */
const HANDSHAKE_MS = 10_000;
const ONLINE = Buffer.from('{"online":true}');
const OFFLINE = Buffer.from('{"online":false}');

export interface BrokerRoleDeps {
  readonly config: Pick<Config, 'host' | 'mqttPort' | 'mqttsPort' | 'plaintextMqttHost' | 'publicUrl' | 'tls'>;
  readonly storage: Pick<Storage, 'databaseUrl' | 'pool' | 'db' | 'journal' | 'changes' | 'devices'>;
  readonly log: Log;
  readonly counters: Counters;
  /** How long a message waits for its commit before its connection is closed; default 30 s. */
  readonly maxWaitMs?: number | undefined;
}

export function createBrokerRole({ config, storage, log, counters: registry, maxWaitMs }: BrokerRoleDeps): Role {
  const addresses: string[] = [];

  return createRole(
    'broker',
    async (teardown) => {
      const { pool, db, databaseUrl, journal } = storage;
      const partitions = await settleJournalPartitions(pool);
      const counters = createBrokerCounters(registry);
      const queue = createAppendQueue({ journal, partitions, counters, log, maxWaitMs });
      const rateLimit = createRateLimit();
      teardown.onStop('rate limit', () => rateLimit.stop());
      const audit = createRefusalAudit({ pool, log });
      teardown.onStop('refusal audit', () => audit.stop());

      const devices = createDeviceLoader(storage.devices);
      const access = createAccessDirectory({ db, changes: storage.changes });
      teardown.onStop('access directory', access.follow());
      const sessions = createConnectedSessions();
      const revocation = createRevocation({ sessions, devices: storage.devices, access, db, log });

      const packets = createDownlinkPackets();
      const subscriptions = createDownlinkSubscriptions();
      const downlink = createDownlink({
        databaseUrl,
        subscriptions,
        kinds: {
          rejections: createRejectionDownlink({ pool, subscriptions, packets, counters }),
          requests: createRequestDownlink({ pool, subscriptions, packets, counters }),
        },
        counters,
        log,
      });
      const kept = createKeptSubscriptions();
      const subscribing = createSubscribing({ devices, subscriptions, kept, downlink, audit });

      const unreleased = createUnreleasedPackets();
      const takeover = createSessionTakeover({
        pool,
        databaseUrl,
        forget(sessionId) {
          kept.forget(sessionId);
          unreleased.forget(sessionId);
        },
        log,
      });
      const intake = createPublishIntake({
        ...{ partitions, queue, devices, unreleased, rateLimit, audit, counters, log },
        maxWaitMs,
      });
      const watch = createConnectionWatch(counters);
      queue.onPressure((high) => watch.hold(high));

      let stopping = false;
      const mqtt = createMqttBroker({
        log,
        admit: createAdmitConnect({
          signIn: createSignIn({ devices, db, access }),
          devices,
          audit,
          counters,
          log,
          stalledMs: queue.stalledMs,
        }),
        intake,
        unreleased,
        announceSession: takeover.announce,
        resumeSession: subscribing.resume,
        authoriseSubscription: subscribing.authorise,
        onUnsubscribe: subscribing.unsubscribed,
        mayReceive: (connection, topic) => mayHearTeam(connection.session, topic),
        connectionHooks: {
          onPublish: intake.takePacket,
          onPuback: packets.acknowledged,
          onReceived: unreleased.add,
          onReleased: unreleased.release,
          onClose(connection, reason) {
            watch.remove(connection);
            subscriptions.forget(connection);
            if (reason) counters.closed.inc({ reason });
            const { session } = connection;
            takeover.ended(connection);
            if (!connection.ready || !session) return;
            sessions.remove(connection);
            counters.connections.set(sessions.size);
            const isLast = session.kind === 'device' && sessions.ofDevice(session.device.deviceKey).length === 0;
            // Who was connected is not offline because we go: it comes back to another broker, or to our successor; or it is there already.
            if (isLast && !stopping && reason !== 'taken_over')
              intake.note(session.device, statusTopic(session.device.deviceId), OFFLINE);
          },
        },
        onReady(connection) {
          const { session } = connection;
          sessions.add(connection);
          counters.connections.set(sessions.size);
          subscribing.ready(connection);
          if (session?.kind !== 'device') return;
          const { device } = session;
          if (devices.peek(device.deviceId) !== device) revocation.lookAt(device.deviceKey);
          if (sessions.ofDevice(device.deviceKey).length === 1)
            intake.note(device, statusTopic(device.deviceId), ONLINE);
        },
      });
      await mqtt.start();
      teardown.onStop('MQTT sessions', () => mqtt.stop());
      watch.start();
      teardown.onStop('connections', () => watch.stop());
      teardown.onStop('append queue', () => queue.drain(DRAIN_MS));
      await takeover.start();
      teardown.onStop('session takeover', () => takeover.stop());
      revocation.start();
      teardown.onStop('revocation', () => revocation.stop());
      await downlink.start();
      teardown.onStop('downlink', () => downlink.stop());
      const teamAlerts = createTeamAlerts({
        pool,
        databaseUrl,
        publicUrl: config.publicUrl,
        publish: mqtt.publish,
        counters,
        log,
      });
      await teamAlerts.start();
      teardown.onStop('team alerts', () => teamAlerts.stop());

      const accept = (socket: Socket) => watch.add(mqtt.accept(socket));
      async function listenOn(server: Server, scheme: 'mqtt' | 'mqtts', host: string, port: number) {
        await listen(server, host, port);
        addresses.push(describe(server.address(), scheme));
        server.on('error', (err) => log.warn({ err }, 'a connection could not be accepted'));
        // First of all: what has been read is still acknowledged, nothing more is read.
        teardown.onStop('listener', () => {
          stopping = true;
          watch.hold(true);
          server.close();
          addresses.length = 0;
        });
      }

      if (config.tls) {
        const keeper = createCertificateKeeper({ files: config.tls, log });
        const server = createTlsServer(
          { ...SOCKET_OPTIONS, ...(await keeper.read()), handshakeTimeout: HANDSHAKE_MS },
          accept,
        );
        keeper.follow(server);
        teardown.onStop('certificate', () => keeper.stop());
        await listenOn(server, 'mqtts', config.host, config.mqttsPort);
      }
      await listenOn(createPlainServer(SOCKET_OPTIONS, accept), 'mqtt', config.plaintextMqttHost, config.mqttPort);
    },
    () => [...addresses],
  );
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function describe(address: AddressInfo | string | null, scheme: 'mqtt' | 'mqtts'): string {
  if (typeof address !== 'object' || address === null) return `${scheme}://`;
  return `${scheme}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
