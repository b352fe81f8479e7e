// MQTT over WebSocket on the HTTP server's own port, at /mqtt (MQTT 3.1.1 §6). Whoever comes signs in at the broker as over TCP: no
// cookie counts here, so a foreign page gains nothing by connecting.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import type { DashboardsServices } from '../services.ts';
import { createStrangerBrake } from '../stranger-brake.ts';
import { bridgeSockets, CLOSE } from './bridge-sockets.ts';
import { createBrokerLink } from './broker-link.ts';

const PATH = '/mqtt';
/** The second is what clients of MQTT 3.1 ask for. */
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1'];
/** A frame may hold several packets, of which the largest is 1 MiB. */
const MAX_FRAME_BYTES = 2 * 1024 * 1024;
const MAX_FRAME_FRAGMENTS = 1_024;
/** Shorter than what proxies on the way take for idle; whoever didn't answer the one before is gone. */
const PING_EVERY_MS = 30_000;
/** Until a client that was told to close is cut off. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Not all of these are in the library's types. */
const LIMITS = {
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAME_FRAGMENTS,
  closeTimeout: CLOSE_TIMEOUT_MS,
  perMessageDeflate: false,
};

/** For `createServer`: any other request for an upgrade is answered like one without. */
export const isMqttUpgrade = ({ url = '', headers }: IncomingMessage): boolean =>
  url.split('?')[0] === PATH && headers.upgrade?.toLowerCase() === 'websocket';

export function mqttOverWebSocket(server: FastifyInstance, { config, peers, counters, log }: DashboardsServices): void {
  const link = createBrokerLink({ brokerUrl: config.brokerUrl, peers });
  const brake = createStrangerBrake();
  const open = counters.gauge('pulseward_mqtt_websockets', 'MQTT connections over WebSocket');
  const refusals = counters.counter('pulseward_mqtt_websocket_refusals_total', 'Upgrades to MQTT that were refused', [
    'reason',
  ]);
  const webSockets = new WebSocketServer({
    noServer: true,
    ...LIMITS,
    handleProtocols: (offered) => SUBPROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });
  /** Who has answered the last ping. */
  const answering = new WeakSet<WebSocket>();
  let stopping = false;

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (!offersMqtt(request)) return refuse(socket, 'subprotocol', '400 Bad Request');
    await delay(brake.delayMsFor(request.socket.remoteAddress ?? ''));
    let broker: Socket | undefined;
    try {
      broker = await link.connect();
    } catch (err) {
      log.debug({ err }, 'no broker for a WebSocket');
    }
    if (!broker || stopping || socket.destroyed) {
      broker?.destroy();
      return refuse(socket, 'broker_away', '503 Service Unavailable');
    }
    const connection = broker;
    socket.once('close', () => connection.end());
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      answering.add(webSocket);
      webSocket.on('pong', () => answering.add(webSocket));
      webSocket.on('close', () => open.set(webSockets.clients.size));
      bridgeSockets(webSocket, socket, connection);
      open.set(webSockets.clients.size);
    });
  }

  function refuse(socket: Duplex, reason: string, status: string): void {
    refusals.inc({ reason });
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 5\r\n\r\n`);
    // Unread bytes would turn the end into a reset.
    socket.resume();
    setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }

  function ping(): void {
    for (const webSocket of webSockets.clients) {
      // While the broker doesn't read, neither do we, and silence says nothing.
      if (!answering.delete(webSocket) && !webSocket.isPaused) webSocket.terminate();
      else webSocket.ping();
    }
  }

  server.server.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head).catch((err: unknown) => {
      socket.destroy();
      log.error({ err }, 'an upgrade to MQTT failed for a reason that does not pass');
    });
  });
  const timer = setInterval(ping, PING_EVERY_MS).unref();
  // Before the server waits for its connections: these don't end by themselves.
  server.addHook('preClose', async () => {
    stopping = true;
    clearInterval(timer);
    for (const webSocket of webSockets.clients) webSocket.close(CLOSE.goingAway);
  });
}

const offersMqtt = ({ headers }: IncomingMessage): boolean =>
  (headers['sec-websocket-protocol'] ?? '').split(',').some((protocol) => SUBPROTOCOLS.includes(protocol.trim()));
