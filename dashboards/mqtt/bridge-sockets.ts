// Carries MQTT between a WebSocket and a connection to the broker, which judges all of it. Promises: neither side is read faster than
// the other takes it, and what one side sends before its end reaches the other.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

/** Before the broker has answered the CONNECT, which is 64 KiB with the largest will; frames of a byte each have 7 more. */
const MAX_UNANSWERED_BYTES = 80 * 1024;
/** Waiting for a client to read it. */
const MAX_WAITING_BYTES = 64 * 1024;
/** How long the broker may take to end a connection whose client has gone. */
const LINGER_MS = 5_000;

/** RFC 6455 §7.4.1 */
export const CLOSE = { normal: 1000, goingAway: 1001, unsupportedData: 1003, error: 1011 } as const;

/** `client` is what the WebSocket runs over. */
export function bridgeSockets(webSocket: WebSocket, client: Duplex, broker: Socket): void {
  let unansweredBytes = 0;
  const countBytes = (chunk: Buffer) => {
    unansweredBytes += chunk.length;
    // ws keeps a frame until it is whole: nobody who isn't signed in is to fill memory with one.
    if (unansweredBytes > MAX_UNANSWERED_BYTES) webSocket.terminate();
  };
  client.on('data', countBytes);
  broker.once('data', () => client.off('data', countBytes));

  webSocket.on('message', (data: RawData, isBinary) => {
    // [MQTT-6.0.0-1]
    if (!isBinary) return webSocket.close(CLOSE.unsupportedData, 'MQTT is sent in binary frames');
    if (webSocket.readyState !== webSocket.OPEN || !broker.writable) return;
    if (!broker.write(data as Buffer)) webSocket.pause();
  });
  broker.on('drain', () => webSocket.resume());

  const sent = () => {
    if (webSocket.bufferedAmount < MAX_WAITING_BYTES) broker.resume();
  };
  broker.on('data', (chunk) => {
    webSocket.send(chunk, sent);
    if (webSocket.bufferedAmount >= MAX_WAITING_BYTES) broker.pause();
  });

  // What ws finds wrong with a frame it tells the client itself, by the code that is meant for it.
  webSocket.on('error', () => undefined);
  webSocket.on('close', () => {
    broker.end();
    broker.resume();
    setTimeout(() => broker.destroy(), LINGER_MS).unref();
  });
  broker.on('error', () => webSocket.close(CLOSE.error));
  broker.on('close', () => webSocket.close(CLOSE.normal));
}
