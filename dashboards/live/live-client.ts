// One open page: server-sent events in a bounded buffer. Promise: who doesn't read is let go, and told to ask anew when it comes back.
import { Readable } from 'node:stream';
import type { LiveEvent } from './live-topics.ts';

const RETRY_MS = 2_000;
/** Hundreds of events: whoever is that far behind is better off reading everything again. */
const MAX_WAITING_BYTES = 64 * 1024;
/** From here on a burst is one `refresh`. */
const MAX_EVENTS_AT_ONCE = 50;
const LET_GO_AFTER_MS = 1_000;

export interface LiveClient {
  readonly userId: string;
  readonly tokenId: string;
  readonly stream: Readable;
  readonly isOpen: boolean;
  send(events: readonly LiveEvent[]): void;
  /** Something may have been missed: read again what is on screen. */
  refresh(): void;
  beat(): void;
  end(): void;
}

export interface LiveClientOptions {
  readonly userId: string;
  readonly tokenId: string;
  /** Of the whole process, so that no id comes twice. */
  readonly nextId: () => string;
}

export function createLiveClient({ userId, tokenId, nextId }: LiveClientOptions): LiveClient {
  const stream = new Readable({ read: () => undefined });
  let isEnding = false;
  const write = (text: string) => {
    if (stream.destroyed || isEnding) return;
    stream.push(text);
    if (stream.readableLength > MAX_WAITING_BYTES) stream.destroy();
  };
  const event = (name: string, data: object) => `event: ${name}\nid: ${nextId()}\ndata: ${JSON.stringify(data)}\n\n`;
  write(`retry: ${RETRY_MS}\n\n`);

  return {
    userId,
    tokenId,
    stream,
    get isOpen() {
      return !stream.destroyed;
    },
    send(events) {
      if (events.length > MAX_EVENTS_AT_ONCE) return write(event('refresh', {}));
      write(events.map(({ name, alertId, patientId }) => event(name, { alertId, patientId })).join(''));
    },
    refresh: () => write(event('refresh', {})),
    beat: () => write(': still here\n\n'),
    end() {
      if (stream.destroyed || isEnding) return;
      isEnding = true;
      stream.push(null);
      // Who doesn't read doesn't see the end either, and would keep the server from closing.
      setTimeout(() => stream.destroy(), LET_GO_AFTER_MS).unref();
    },
  };
}
