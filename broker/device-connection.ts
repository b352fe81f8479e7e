// What stands between a socket and Aedes: it cuts the stream into packets, takes PUBLISH, PUBREL, PUBACK of its own downlinks and
// PINGREQ out of it, and hands Aedes the rest. Broker CPU a message, measured: 27 µs against 46–54 through Aedes (1,000 × 1 in flight),
// 3.4 against 8.5–12 (10 × 100); and Aedes reads nothing, not even pings, while a PUBLISH waits for its commit.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { AppendWaiter } from './append-queue.ts';
import { FrameReader } from './frame-reader.ts';
import type { ConnectRefusal, Session } from './session.ts';

export type CloseReason =
  | 'packet_too_large'
  | 'malformed_packet'
  | 'foreign_topic'
  | 'journal_unavailable'
  | 'registry_unavailable'
  | 'keepalive'
  | 'slow_reader'
  | 'revoked'
  | 'taken_over'
  | 'stopping';

/** Why reading is paused; it goes on when none is left. */
export const PAUSE = { signIn: 1, aedes: 2, ownLoad: 4, brokerLoad: 8, answers: 16 } as const;

const MAX_PACKET_BODY_BYTES = 1024 * 1024;
/** Of any packet but PUBLISH: subscriptions to 4,000 topics. */
const MAX_CONTROL_PACKET_BYTES = 256 * 1024;
/** Before sign-in: a CONNECT with the largest will is 64 KiB. */
const MAX_CONNECT_BODY_BYTES = 72 * 1024;
/** What one connection may have under way before it is read no further. */
const MAX_UNANSWERED_MESSAGES = 1_000;
const MAX_UNANSWERED_BYTES = 1024 * 1024;
/** How long a peer gets to read the last answer and to close its side. */
const LINGER_MS = 2_000;

const CONNECT = 1;
const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const PUBREC = 5;
/** Its flags are fixed [MQTT-3.6.1-1]. */
const PUBREL_HEADER = 0x62;
const PUBCOMP = 7;
const PINGREQ = 12;
const PINGRESP = Buffer.from([0xd0, 0]);

export interface ConnectionHooks {
  /** A PUBLISH on a connection that is ready. Answers false where it is no well-formed one. */
  onPublish(connection: DeviceConnection, data: Buffer, start: number, bodyStart: number, end: number): boolean;
  /** Whether the packet identifier was one of a downlink, which Aedes knows nothing of. */
  onPuback(connection: DeviceConnection, packetId: number): boolean;
  /** A message of QoS 2 is in the journal and about to be answered with PUBREC. */
  onReceived(connection: DeviceConnection, packetId: number): void;
  /** The end of a QoS 2 exchange; PUBCOMP follows. */
  onReleased(connection: DeviceConnection, packetId: number): void;
  onClose(connection: DeviceConnection, reason: CloseReason | undefined): void;
}

/** Set in the token of a message of QoS 2, beside its packet identifier. */
export const RECEIVED_BIT = 0x10000;

export class DeviceConnection extends Duplex implements AppendWaiter {
  session: Session | undefined;
  /** `{username}/{clientId}`, and whether the session ends with the connection. */
  sessionId = '';
  clean = true;
  /** Goes on with what the session had before: its CONNACK says so, of which Aedes knows nothing. */
  isResumed = false;
  /** What a CONNECT that was not admitted is answered with. */
  refusal: ConnectRefusal | undefined;
  /** Signed in, CONNACK sent. */
  ready = false;
  /** 1.5 × what the client asked for; 0 without. */
  keepaliveMs = 0;
  /** performance.now() */
  lastReceivedAt = performance.now();
  /** Since when the peer has not been reading its answers; 0 while it does. */
  blockedSince = 0;
  readonly #socket: Socket;
  readonly #hooks: ConnectionHooks;
  readonly #reader: FrameReader;
  #paused = 0;
  #unansweredMessages = 0;
  #unansweredBytes = 0;
  /** Tokens to answer at the end of a commit. */
  #answers: number[] = [];
  #flushDue = false;
  #greeted = false;
  #reason: CloseReason | undefined;

  constructor(socket: Socket, hooks: ConnectionHooks) {
    super({ allowHalfOpen: false, highWaterMark: MAX_CONNECT_BODY_BYTES });
    this.#socket = socket;
    this.#hooks = hooks;
    this.#reader = new FrameReader(MAX_CONNECT_BODY_BYTES, (data, start, bodyStart, end) =>
      this.#take(data, start, bodyStart, end),
    );
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
    socket.on('end', () => this.destroy());
  }

  /** From now on packets are taken as a session's own. */
  becomeReady(): void {
    this.ready = true;
    this.#reader.maxBodyBytes = MAX_PACKET_BODY_BYTES;
    this.resumeFor(PAUSE.signIn);
    this.#check(this.#reader.resume());
  }

  close(reason: CloseReason): void {
    this.#reason ??= reason;
    this.destroy();
  }

  /** Why we closed it. */
  get closedFor(): CloseReason | undefined {
    return this.#reason;
  }

  pauseFor(reason: number): void {
    if (this.#paused === 0) this.#socket.pause();
    this.#paused |= reason;
  }

  resumeFor(reason: number): void {
    if ((this.#paused & reason) === 0) return;
    this.#paused &= ~reason;
    if (this.#paused === 0 && !this.destroyed) this.#socket.resume();
  }

  /** While we don't read, or owe it an answer, silence says nothing about the peer. */
  get isHeld(): boolean {
    return this.#paused !== 0 || this.#unansweredMessages > 0;
  }

  /** Counts a message against what the connection may have under way, until `appended`. */
  expectAnswer(payloadBytes: number): void {
    this.#unansweredBytes += payloadBytes;
    if (++this.#unansweredMessages >= MAX_UNANSWERED_MESSAGES || this.#unansweredBytes >= MAX_UNANSWERED_BYTES)
      this.pauseFor(PAUSE.ownLoad);
  }

  /** The token is the packet identifier, of QoS 2 with RECEIVED_BIT; 0 for QoS 0. */
  appended(token: number, payloadBytes: number): boolean {
    this.#unansweredMessages--;
    this.#unansweredBytes -= payloadBytes;
    if (token !== 0) this.#answers.push(token);
    if (token >= RECEIVED_BIT) this.#hooks.onReceived(this, token - RECEIVED_BIT);
    const isFirst = !this.#flushDue;
    this.#flushDue = true;
    return isFirst;
  }

  /** All PUBACKs and PUBRECs of a commit in one write. */
  flush(): void {
    this.#flushDue = false;
    if (this.#unansweredMessages < MAX_UNANSWERED_MESSAGES / 2 && this.#unansweredBytes < MAX_UNANSWERED_BYTES / 2)
      this.resumeFor(PAUSE.ownLoad);
    const answers = this.#answers;
    if (answers.length === 0 || this.destroyed) return;
    const bytes = Buffer.allocUnsafe(answers.length * 4);
    for (let index = 0, at = 0; index < answers.length; index++, at += 4) {
      const token = answers[index]!;
      writeAnswer(bytes, at, token < RECEIVED_BIT ? PUBACK : PUBREC, token);
    }
    answers.length = 0;
    this.send(bytes);
  }

  /** For a message of QoS 2 that is in the journal already. */
  receivedBefore(packetId: number): void {
    this.#answer(PUBREC, packetId);
  }

  abandoned(): void {
    this.close('journal_unavailable');
  }

  /** A whole packet, past Aedes. */
  send(packet: Buffer): void {
    if (!this.#socket.write(packet)) this.#block();
  }

  override _read(): void {
    this.resumeFor(PAUSE.aedes);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#sendOfAedes(chunk);
    done();
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#sendOfAedes(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#hooks.onClose(this, this.#reason);
    const socket = this.#socket;
    if ((this.#reason !== undefined && this.#reason !== 'stopping') || socket.destroyed) socket.destroy();
    else {
      // After what Aedes has written last, as a CONNACK that refuses. Unread bytes would turn the end into a reset, so they are read.
      socket.end();
      socket.resume();
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    }
    // Whoever destroyed us knows the error; emitted as well, it would need a listener.
    done(null);
  }

  #sendOfAedes(packets: Buffer): void {
    const isWelcome = !this.ready && packets[0] === CONNACK << 4 && packets[3] === 0;
    // A copy: pieces of packets that Aedes writes are shared.
    this.send(isWelcome && this.isResumed ? Buffer.from(packets).fill(1, 2, 3) : packets);
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return;
    this.lastReceivedAt = performance.now();
    // Whoever begins with anything but a CONNECT [MQTT-3.1.0-1] speaks another protocol, and no length of his means anything.
    if (!this.#greeted && chunk[0] !== CONNECT << 4) this.close('malformed_packet');
    else this.#check(this.#reader.push(chunk));
    this.#greeted = true;
  }

  #check(violation: 'packet_too_large' | 'malformed_length' | undefined): void {
    if (violation) this.close(violation === 'packet_too_large' ? 'packet_too_large' : 'malformed_packet');
  }

  #take(data: Buffer, start: number, bodyStart: number, end: number): boolean {
    if (this.destroyed) return false;
    const first = data[start]!;
    const type = first >> 4;
    if (this.ready) {
      if (type === PUBLISH) {
        if (this.#hooks.onPublish(this, data, start, bodyStart, end)) return true;
        this.close('malformed_packet');
        return false;
      }
      if (type === PINGREQ && end === bodyStart) {
        this.send(PINGRESP);
        return true;
      }
      if (type === PUBACK && end - bodyStart === 2 && this.#hooks.onPuback(this, data.readUInt16BE(bodyStart)))
        return true;
      if (first === PUBREL_HEADER && end - bodyStart === 2) {
        const packetId = data.readUInt16BE(bodyStart);
        this.#hooks.onReleased(this, packetId);
        this.#answer(PUBCOMP, packetId);
        return true;
      }
    }
    if (this.ready && end - start > MAX_CONTROL_PACKET_BYTES) {
      this.close('packet_too_large');
      return false;
    }
    if (!this.push(data.subarray(start, end))) this.pauseFor(PAUSE.aedes);
    // What follows a CONNECT is read once it is answered.
    if (type !== CONNECT || this.ready) return true;
    this.pauseFor(PAUSE.signIn);
    return false;
  }

  #answer(type: number, packetId: number): void {
    const bytes = Buffer.allocUnsafe(4);
    writeAnswer(bytes, 0, type, packetId);
    this.send(bytes);
  }

  #block(): void {
    if (this.blockedSince === 0) this.blockedSince = performance.now();
    this.pauseFor(PAUSE.answers);
  }

  #drained(): void {
    this.blockedSince = 0;
    this.resumeFor(PAUSE.answers);
  }
}

/** PUBACK, PUBREC or PUBCOMP; of a token its packet identifier. */
function writeAnswer(bytes: Buffer, at: number, type: number, token: number): void {
  bytes[at] = type << 4;
  bytes[at + 1] = 2;
  bytes[at + 2] = (token >> 8) & 255;
  bytes[at + 3] = token & 255;
}
