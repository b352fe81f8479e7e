import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { ApiRefusal, signIn } from './api-client.ts';
import { registerFleet } from './fleet/register-fleet.ts';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** Answers each path with what is given for it. */
async function serve(
  answers: Record<string, (body: unknown, request: IncomingMessage) => [number, unknown]>,
): Promise<string> {
  server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const path = (request.url ?? '').replace('/api/v1', '').replace(/[0-9a-f-]{8,}/, ':id');
    const [status, body] = answers[path]?.(text ? JSON.parse(text) : undefined, request) ?? [
      404,
      { title: 'Not Found' },
    ];
    response.writeHead(status, { connection: 'close', 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

const session = () => [201, { token: 'token-1' }] as [number, unknown];

test('people and devices are registered with the session, and devices behind a gateway sign in as the gateway', async () => {
  const made: Record<string, unknown[]> = { '/patients': [], '/devices': [] };
  const tokens = new Set<string | undefined>();
  const create = (path: string, id: string) => (body: unknown, request: IncomingMessage) => {
    tokens.add(request.headers.authorization);
    const number = made[path]?.push(body);
    return [201, { [id]: `${id}-${number}`, mqtt: { username: `user-${number}`, password: `secret-${number}` } }] as [
      number,
      unknown,
    ];
  };
  const url = await serve({
    '/session': session,
    '/teams': create('/teams', 'teamId'),
    '/patients': create('/patients', 'patientId'),
    '/devices': create('/devices', 'deviceId'),
  });
  const api = await signIn(url, 'admin', 'password');
  const people = [{ name: 'Simulated 1', kinds: ['cgm', 'bp_monitor'] as const }];
  const registered = await registerFleet(api, { teamName: 'T', timeZone: 'Etc/GMT+5', people, gateways: 1 });
  expect(registered).toEqual([
    { deviceId: 'deviceId-2', kind: 'cgm', person: 0, username: 'user-1', password: 'secret-1' },
    { deviceId: 'deviceId-3', kind: 'bp_monitor', person: 0, username: 'user-1', password: 'secret-1' },
  ]);
  expect(made['/patients']).toMatchObject([{ name: 'Simulated 1', timeZone: 'Etc/GMT+5', teamId: 'teamId-undefined' }]);
  expect(made['/devices']).toMatchObject([
    { kind: 'gateway' },
    { kind: 'cgm', gatewayId: 'deviceId-1' },
    { kind: 'bp_monitor' },
  ]);
  expect([...tokens]).toEqual(['Bearer token-1']);
});

test('a refusal carries the status and the explanation of the server, and no password', async () => {
  const url = await serve({ '/session': () => [401, { title: 'Unauthorized', detail: 'The password is wrong.' }] });
  const refusal = await signIn(url, 'admin', 'hunter2').catch((failure: unknown) => failure);
  expect(refusal).toBeInstanceOf(ApiRefusal);
  expect(refusal).toMatchObject({
    status: 401,
    message: expect.stringContaining('Unauthorized: The password is wrong.'),
  });
  expect(String(refusal)).not.toContain('hunter2');
});

test('a server that is not there, or is not Pulseward, is said to be so', async () => {
  const url = await serve({ '/session': () => [200, '<html>'] });
  await expect(signIn(url, 'admin', 'x')).rejects.toThrow('is this the address of Pulseward?');
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  await expect(signIn(url, 'admin', 'x')).rejects.toThrow('no answer; is Pulseward running there?');
});
