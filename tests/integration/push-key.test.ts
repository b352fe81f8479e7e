// What a browser needs to be notified: the public key of this installation, and the service worker that shows what comes.
import { afterEach, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../dashboards/test-api.ts';

let api: TestApi;
afterEach(() => api.close());

test('whoever is signed in gets the public key alone, and a service worker at the root that may load nothing', async () => {
  api = await createTestApi({ PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example' });
  const nurse = await api.createCaller('nurse', []);
  const { status, body } = await nurse.get<{ publicKey: string }>('/push-key');
  expect({ status, fields: Object.keys(body) }).toEqual({ status: 200, fields: ['publicKey'] });
  expect(Buffer.from(body.publicKey, 'base64url')).toHaveLength(65);
  expect((await api.server.inject('/api/v1/push-key')).statusCode).toBe(401);

  const worker = await api.server.inject('/service-worker.js');
  expect({ status: worker.statusCode, type: worker.headers['content-type'] }).toEqual({
    status: 200,
    type: 'text/javascript; charset=utf-8',
  });
  expect(worker.headers['content-security-policy']).toBe("default-src 'none'");
  // A classic script: a module would not do in every browser.
  expect(worker.body).not.toMatch(/^\s*(import|export)\b/m);
});

test('where Web Push is not set up there is no key, and whoever asks is told who sets it up', async () => {
  api = await createTestApi();
  const { status, body } = await api.admin.get<{ detail: string }>('/push-key');
  expect(status).toBe(404);
  expect(body.detail).toContain('PULSEWARD_PUSH_CONTACT');
});
