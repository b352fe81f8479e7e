// An HTTP server before InfluxDB, as a proxy would stand there: says no when a test wants it to, and notes what passes.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpGate {
  readonly url: string;
  /** The next request gets this answer, and the engine nothing. */
  refuseNext(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Requests so far, refused ones too. */
  readonly passed: readonly PassedRequest[];
  close(): Promise<void>;
}

interface PassedRequest {
  readonly path: string;
  readonly encoding: string | undefined;
  readonly bytes: number;
  /** performance.now() */
  readonly at: number;
}

export async function openHttpGate(engineUrl: string): Promise<HttpGate> {
  const refusals: { readonly status: number; readonly headers: Readonly<Record<string, string>> }[] = [];
  const passed: PassedRequest[] = [];
  const server = createServer(async (incoming, answer) => {
    const { method, url = '/', headers } = incoming;
    const body = Buffer.concat(await Array.fromAsync(incoming));
    const at = performance.now();
    // Comes behind a write, once a minute, and would take an answer that is meant for another.
    const isNote = /^(pulseward progress=|select last\(progress\))/.test(body.toString('latin1', 0, 21));
    if (!isNote)
      passed.push({ path: url.replace(/\?.*/, ''), encoding: headers['content-encoding'], bytes: body.length, at });
    const refusal = isNote ? undefined : refusals.shift();
    if (refusal) {
      answer.writeHead(refusal.status, refusal.headers).end('{"code":"unavailable","message":"busy"}');
      return;
    }
    const forwarded = request(engineUrl + url, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    forwarded.end(body);
  });
  // A connection that is used again as it is being closed fails: longer than any test waits, as influxd's own 3 min.
  server.keepAliveTimeout = 180_000;
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    refuseNext: (status, headers = {}) => void refusals.push({ status, headers }),
    passed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
