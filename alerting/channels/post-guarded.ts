// One bounded request for every channel that speaks HTTP. Promises: ends within the time-out, follows no redirect, reads little of
// the answer, and tells failures apart by what a retry could change.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readRetryAfter } from '../../runtime/read-retry-after.ts';
import { type ChannelAnswer, TIME_OUT_MS } from './channel.ts';
import { createOutgoingGuard, FORBIDDEN_ADDRESS, type OutgoingGuardDeps } from './outgoing-guard.ts';

const READ_AT_MOST_BYTES = 64 * 1024;
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;
/** Kept open for what comes next. How many there are at once nobody bounds but whoever sends: a queue in here would know no urgency. */
const IDLE_SOCKETS_PER_HOST = 16;
/** Answers that say "later": request time-out, too early, too many requests. */
const RECOVERABLE_STATUS = new Set([408, 425, 429]);

/** Answers of whoever stands before the receiver, and doesn't know what it did: bad gateway, gateway time-out. */
const GATEWAY_STATUS = new Set([502, 504]);

export interface PostOptions {
  /** POST where absent. */
  readonly method?: string | undefined;
  /** For receivers that answer 2xx and say in the body how it went: judges its first 64 KiB. Absent: 2xx is delivered. */
  readonly judgeBody?: ((text: string) => ChannelAnswer) | undefined;
}

export interface GuardedPost {
  (
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string | Buffer,
    options?: PostOptions,
  ): Promise<ChannelAnswer>;
  stop(): void;
}

export interface GuardedPostDeps extends OutgoingGuardDeps {
  readonly now: () => number;
  readonly timeOutMs?: number | undefined;
}

export function createGuardedPost({ now, timeOutMs = TIME_OUT_MS, ...guarding }: GuardedPostDeps): GuardedPost {
  const guard = createOutgoingGuard(guarding);
  const agentOptions = { keepAlive: true, maxFreeSockets: IDLE_SOCKETS_PER_HOST, timeout: timeOutMs };
  const http = new HttpAgent({ ...agentOptions, lookup: guard.lookupFor('http:') });
  const https = new HttpsAgent({ ...agentOptions, lookup: guard.lookupFor('https:') });

  async function post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string | Buffer,
    { method = 'POST', judgeBody }: PostOptions = {},
  ): Promise<ChannelAnswer> {
    const refused = guard.refuse(url);
    if (refused) return { fate: 'failed_final', reason: refused };
    const target = new URL(url);
    const secure = target.protocol === 'https:';
    const options: RequestOptions = {
      method,
      agent: secure ? https : http,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(timeOutMs),
    };
    return new Promise((resolve) => {
      const request = (secure ? httpsRequest : httpRequest)(target, options, (response) => {
        const answer = judge(response, now());
        if (answer.fate === 'delivered' && judgeBody) readText(response).then((text) => resolve(judgeBody(text)), fail);
        else {
          discard(response);
          resolve(answer);
        }
      });
      let isConnected = false;
      request.on('socket', (socket) => {
        const connect = () => {
          isConnected = true;
        };
        if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', connect);
        else connect();
      });
      const fail = (error: NodeJS.ErrnoException) => resolve(judgeFailure(error, isConnected));
      request.on('error', fail);
      request.end(body);
    });
  }

  return Object.assign(post, {
    stop() {
      http.destroy();
      https.destroy();
    },
  });
}

function judge({ statusCode = 0, headers }: IncomingMessage, now: number): ChannelAnswer {
  if (statusCode >= 200 && statusCode < 300) return { fate: 'delivered' };
  const reason = `http_${statusCode}`;
  if (statusCode < 500 && !RECOVERABLE_STATUS.has(statusCode)) return { fate: 'failed_final', reason };
  const asked = readRetryAfter(headers['retry-after'], now);
  const retryAfterMs = asked === undefined ? undefined : Math.min(asked, LONGEST_RETRY_AFTER_MS);
  return { fate: 'failed_recoverable', reason, perhapsArrived: GATEWAY_STATUS.has(statusCode), retryAfterMs };
}

/** Only the code is kept: the message of a network error names the address. */
function judgeFailure(error: NodeJS.ErrnoException, isConnected: boolean): ChannelAnswer {
  const { code = 'network_error', name } = error;
  if (code === FORBIDDEN_ADDRESS) return { fate: 'failed_final', reason: 'forbidden_address' };
  const reason = name === 'TimeoutError' || name === 'AbortError' ? 'time_out' : code.toLowerCase();
  return { fate: 'failed_recoverable', reason, perhapsArrived: isConnected };
}

/** The status has said all; the rest is read so that the connection can be used again, but not for ever. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > READ_AT_MOST_BYTES) response.destroy();
  });
  // What goes wrong after the status changes nothing about the delivery.
  response.on('error', () => response.destroy());
}

/** What stands beyond the limit is cut off. Rejects where the answer breaks off. */
function readText(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = () => resolve(Buffer.concat(chunks).toString('utf8'));
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= READ_AT_MOST_BYTES) return;
      finish();
      response.destroy();
    });
    response.on('end', finish);
    response.on('error', reject);
  });
}
