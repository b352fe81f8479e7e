// The one way to talk to InfluxDB: its client's transport, with an end to every request. (Its WriteApi keeps points in memory, tries
// them again behind our back and resolves before they are written.)
// Promise: what passes by itself is a TemporaryFailure; no error carries a body (InfluxDB quotes the lines it refuses) or the token.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { isLoopbackHost } from '../../runtime/check-address.ts';
import type { Config } from '../../runtime/config.ts';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { readRetryAfter } from '../../runtime/read-retry-after.ts';

export type InfluxSettings = NonNullable<Config['influx']>;

export interface InfluxRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With its query, e.g. `/api/v2/buckets?name=a`. */
  readonly path: string;
  /** Objects are sent as JSON. */
  readonly body?: string | object | undefined;
  readonly headers?: Record<string, string> | undefined;
  /** performance.now(); default: in 10 s. */
  readonly endsAt?: number | undefined;
}

export interface InfluxConnection {
  readonly settings: InfluxSettings;
  /** The answer as text. Throws TemporaryFailure `readings_unavailable` and InfluxRefusal. */
  ask(request: InfluxRequest): Promise<string>;
  close(): void;
}

/** InfluxDB has understood the request and says no: 4xx, but not one that passes by itself. */
export class InfluxRefusal extends Error {
  override readonly name = 'InfluxRefusal';
  readonly code = 'influxdb_refusal';
  readonly status: number;

  constructor(status: number) {
    super(`InfluxDB answered ${status}`);
    this.status = status;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MOST_CONNECTIONS = 8;
/** Below it a packet or two are sent either way. */
const GZIP_ABOVE_BYTES = 1_400;
/** Whoever asks for less patience gets it all the same, and whoever asks for more is asked sooner. */
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;
/** Too many requests; busy or starting, also a proxy in front of it. */
const PASSING = new Set([408, 425, 429]);

export function openInflux(settings: InfluxSettings): InfluxConnection {
  const { url, token } = settings;
  const options = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  const agent = url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  // Its own time-out is of silence, and leaves the request open.
  const { transport } = new InfluxDB({ url, token, timeout: 0, transportOptions: { agent } });
  // M: 2.6 µs of CPU a reading on both sides, a fifth of a write.
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const gzipThreshold = isLoopbackHost(host) ? Number.POSITIVE_INFINITY : GZIP_ABOVE_BYTES;
  let pausedUntil = 0;

  async function send({ method, path, body = '', headers }: InfluxRequest, signal: AbortSignal): Promise<string> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const chunks: Uint8Array[] = [];
    for await (const chunk of transport.iterate(path, text, { method, headers, signal, gzipThreshold }))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  /** What InfluxDB, or a proxy before it, asks for by Retry-After is waited for, where there is time for it. */
  async function waitForTurn(endsAt: number): Promise<void> {
    const waitMs = pausedUntil - performance.now();
    if (waitMs <= 0) return;
    if (performance.now() + waitMs >= endsAt) throw unavailable('InfluxDB has asked for patience');
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  async function ask(request: InfluxRequest): Promise<string> {
    const { endsAt = performance.now() + DEFAULT_TIMEOUT_MS } = request;
    for (;;) {
      await waitForTurn(endsAt);
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(endsAt - performance.now())));
      try {
        return await send(request, signal);
      } catch (error) {
        const pauseMs = askedPauseMs(error);
        if (pauseMs === undefined) throw describe(error);
        pausedUntil = performance.now() + Math.min(Math.max(pauseMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
      }
    }
  }

  return {
    settings,
    ask,
    close: () => agent.destroy(),
  };
}

const isPassing = ({ statusCode }: HttpError): boolean => statusCode >= 500 || PASSING.has(statusCode);

/** Not by the error's own retryAfter: it takes the seconds for milliseconds. */
function askedPauseMs(error: unknown): number | undefined {
  if (!(error instanceof HttpError && isPassing(error))) return undefined;
  return readRetryAfter(String(error.headers?.['retry-after'] ?? ''), Date.now());
}

function describe(error: unknown): Error {
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (!(error instanceof HttpError)) return unavailable('InfluxDB is away or too slow', error);
  return isPassing(error) ? unavailable(`InfluxDB answered ${error.statusCode}`) : new InfluxRefusal(error.statusCode);
}

function unavailable(message: string, cause?: unknown): TemporaryFailure {
  return new TemporaryFailure('readings_unavailable', message, { cause });
}
