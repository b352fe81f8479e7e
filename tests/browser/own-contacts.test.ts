// How one is reached oneself, in the page: a phone that counts once its code is given back, and this device by Web Push. The push service is
// the one thing that is played: no browser subscribes without its vendor's. What the service worker shows is what Chromium shows.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHttpReceiver } from '../contract/http-receiver.ts';
import { createPushBrowser } from '../contract/push-browser.ts';
import { createClinic } from '../system/clinic.ts';
import { type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { collectProblems, fillInSignIn, isRequired, raiseLowGlucose } from './open-page.ts';

let system: RunningSystem;
let browser: TestBrowser;
let page: Page;
let problems: string[];
let teamId: string;
let receiver: Awaited<ReturnType<typeof startHttpReceiver>>;
const vendor = createPushBrowser();

beforeAll(async () => {
  if (!isRequired) return;
  receiver = await startHttpReceiver();
  receiver.answerWith((response) => response.writeHead(201).end());
  system = await startSystem({
    env: {
      PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1',
      PULSEWARD_SMS_URL: `${receiver.url}/sms`,
      PULSEWARD_SMS_BODY: '{"to":"{phone}","content":"{text}"}',
      PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example',
    },
  });
  ({ teamId } = await createClinic(system.api));
  await system.api.post(`/teams/${teamId}/members`, { name: '管理员', role: 'lead', username: 'admin' });
  browser = await openBrowser();
  await browser.context.grantPermissions(['notifications'], { origin: system.httpUrl });
  page = await browser.context.newPage();
  problems = collectProblems(page);
  await page.addInitScript(playPushService(vendor.subscribe(`${receiver.url}/push/1`)));
  await page.goto(`${system.httpUrl}/#/contacts`);
  await fillInSignIn(page);
  await page.waitForSelector('.this-device');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await system?.destroy();
  await receiver?.stop();
});

/** In the page: subscribing would ask the browser's vendor; everything else of the browser is its own. */
const playPushService = (subscription: string) => `
  const made = ${subscription};
  const present = () => sessionStorage.getItem('subscribed with') === null ? null : {
    endpoint: made.endpoint,
    options: { applicationServerKey: null },
    toJSON: () => made,
    async unsubscribe() {
      sessionStorage.removeItem('subscribed with');
      return true;
    },
  };
  PushManager.prototype.getSubscription = async () => present();
  PushManager.prototype.subscribe = async (options) => {
    sessionStorage.setItem('subscribed with', options.applicationServerKey);
    return present();
  };`;

interface MyContacts {
  readonly items: readonly {
    readonly contacts: readonly { readonly channel: string; readonly address: string; readonly verified: boolean }[];
  }[];
}
const contacts = async () => (await system.api.get<MyContacts>('/users/me/contacts')).items[0]?.contacts ?? [];

test.runIf(isRequired)('a phone that one enters counts once the code that it got is typed in', async () => {
  await page.fill('.add-contact [name=address]', '13800000000');
  await page.click('.add-contact button');
  await page.waitForSelector('.code-form [name=code]');
  expect(await page.textContent('.contacts tbody')).toContain('未验证');
  const sent = await until('the SMS arrives', 10_000, () => receiver.requests.find(({ path }) => path === '/sms'));
  const [, code = ''] = /验证码 (\d{6})/.exec(String(sent.body)) ?? [];
  await page.fill('.code-form [name=code]', code === '000000' ? '111111' : '000000');
  await page.click('.code-form button:not([type=button])');
  await page.waitForSelector('.notice');
  expect(await contacts()).toMatchObject([{ verified: false }]);
  await page.fill('.code-form [name=code]', code);
  await page.click('.code-form button:not([type=button])');
  await page.waitForSelector('.code-form', { state: 'detached' });
  expect(await contacts()).toMatchObject([{ channel: 'sms', address: '13800000000', verified: true }]);
  expect(problems).toEqual([]);
});

test.runIf(isRequired)(
  'a device that is to be notified registers its service worker and is a contact at once',
  async () => {
    await page.click('[data-action=notify-device]');
    await page.waitForSelector('.this-device[data-state=on]');
    const [, push] = await contacts();
    expect(push).toMatchObject({ channel: 'web_push', verified: true });
    const { publicKey } = await system.api.get<{ publicKey: string }>('/push-key');
    expect(await page.evaluate(`sessionStorage.getItem('subscribed with')`)).toBe(publicKey);
    const scope = await page.evaluate('navigator.serviceWorker.ready.then(({ scope }) => scope)');
    expect(scope).toBe(`${system.httpUrl}/`);
    // Looked at again, it is still so.
    await page.reload();
    await page.waitForSelector('.this-device[data-state=on]');
    expect(problems).toEqual([]);
  },
);

test.runIf(isRequired)(
  'an alert shows on it as a title without a name or a value, once, and leads to the alert',
  async () => {
    await raiseLowGlucose(system, teamId, '测试王');
    const push = await until('the push service has it', 20_000, () =>
      receiver.requests.find(({ path }) => path === '/push/1'),
    );
    const payload = vendor.read(push.body);
    const { alertId, title } = JSON.parse(payload);
    await deliver(payload);
    await deliver(payload);
    const shown = await until('it is shown', 10_000, async () => {
      const all = await page.evaluate<object[]>(`
      navigator.serviceWorker.ready
        .then((registration) => registration.getNotifications())
        .then((shown) => shown.map(({ title, body, data }) => ({ title, body, data })))`);
      return all.length > 0 ? all : undefined;
    });
    expect(shown).toEqual([{ title, body: '', data: `#/alerts/${alertId}` }]);
    expect(title).toMatch(/^危急：低血糖/);
    expect(JSON.stringify(shown)).not.toMatch(/王|2\.6|mmol/);
    expect(problems).toEqual([]);
  },
);

/** As the browser does when its vendor's service brings a message. */
async function deliver(data: string): Promise<void> {
  const session = await browser.context.newCDPSession(page);
  const registered = new Promise<string>((resolve) =>
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) resolve(first.registrationId);
    }),
  );
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  await session.send('ServiceWorker.deliverPushMessage', { origin: system.httpUrl, registrationId, data });
  await session.detach();
}

test.runIf(isRequired)('a device that is not to be notified any more is no contact any more', async () => {
  await page.click('[data-action=leave-device]');
  await page.waitForSelector('.this-device[data-state=off]');
  expect(await contacts()).toMatchObject([{ channel: 'sms' }]);
  expect(await page.evaluate(`sessionStorage.getItem('subscribed with')`)).toBeNull();
  expect(problems).toEqual([]);
});
