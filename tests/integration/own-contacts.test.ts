// Contacts that people enter for themselves, the whole way: entered over the API, verified by a code that came by the contact's own
// channel, and only then paged.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAlertingRole } from '../../alerting/alerting-role.ts';
import { createCounters } from '../../runtime/counters.ts';
import { createLog } from '../../runtime/log.ts';
import type { JobQueue } from '../../storage/ports/job-queue.ts';
import { startHttpReceiver } from '../contract/http-receiver.ts';
import { type ApiCaller, createTeam, createTestApi, idOf, type TestApi } from '../dashboards/test-api.ts';
import { until } from '../system/until.ts';

interface Contact {
  readonly contactId: string;
  readonly channel: string;
  readonly address: string;
  readonly verified: boolean;
  readonly enteredBy: string;
  readonly codeExpiresAt?: string;
  readonly secret?: string;
}
interface Membership {
  readonly teamId: string;
  readonly memberId: string;
  readonly contacts: readonly Contact[];
}
interface ProblemBody {
  readonly detail: string;
  readonly errors?: readonly { readonly field: string }[];
}

const PATH = '/users/me/contacts';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const noQueue: JobQueue = {
  add: async () => undefined,
  work: async () => undefined,
  ping: async () => undefined,
  close: async () => undefined,
};

let receiver: Awaited<ReturnType<typeof startHttpReceiver>>;
let api: TestApi;
let role: ReturnType<typeof createAlertingRole>;
let nowMs = Date.now();
const logged: string[] = [];

beforeAll(async () => {
  receiver = await startHttpReceiver();
  api = await createTestApi({
    PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1',
    PULSEWARD_SMS_URL: `${receiver.url}/sms`,
    PULSEWARD_SMS_BODY: '{"to":"{phone}","content":"{text}"}',
    PULSEWARD_PUSH_CONTACT: 'mailto:admin@clinic.example',
  });
  const { db, config } = api.services;
  role = createAlertingRole({
    config,
    storage: { db, pool: api.database.pool, jobQueue: noQueue },
    log: createLog({ part: 'test', level: 'debug', write: (line) => void logged.push(line) }),
    counters: createCounters({ part: 'alerting' }),
    now: () => nowMs,
  });
  await role.start();
});
afterAll(async () => {
  await role?.stop();
  await api?.close();
  await receiver?.stop();
});

const pass = (ms: number) => {
  nowMs += ms;
  api.setNow(nowMs);
};
let nurse: ApiCaller;
let teamId: string;
let memberId: string;
let counter = 0;
beforeEach(async () => {
  nowMs = Date.now();
  api.setNow(nowMs);
  counter += 1;
  teamId = await createTeam(api.admin, `Team ${counter}`);
  nurse = await api.createCaller(`nurse${counter}`, []);
  memberId = await join(teamId);
});
afterEach(() => receiver.requests.splice(0));

const join = (to: string, contacts: object[] = []) =>
  idOf(
    api.admin.post(`/teams/${to}/members`, { name: 'N', role: 'nurse', username: `nurse${counter}`, contacts }),
    'memberId',
  );
const put = (contacts: object[], extra: object = {}) => nurse.put<Membership>(PATH, { ...extra, contacts });
const mine = async () => (await nurse.get<{ items: Membership[] }>(PATH)).body.items;
const first = async () => (await mine())[0]?.contacts[0] as Contact;
const webhookAt = (path: string) => ({ channel: 'webhook', address: `${receiver.url}/${path}` });
const phone = (n = counter) => ({ channel: 'sms', address: `1380000${String(n).padStart(4, '0')}` });
/** What came by SMS to that number, latest last. */
const textsTo = ({ address }: { readonly address: string }) =>
  receiver.requests
    .filter(({ path }) => path === '/sms')
    .map(({ body }): { to: string; content: string } => JSON.parse(String(body)))
    .filter(({ to }) => to === address)
    .map(({ content }) => content);
const codeTo = (contact: { readonly address: string }, place = 1) =>
  until('the code arrives', 8_000, () => /验证码 (\d{6})/.exec(textsTo(contact)[place - 1] ?? '')?.[1]);
const verify = ({ contactId }: Contact, code: string) =>
  nurse.post<ProblemBody>(`${PATH}/${contactId}/verify`, { code });
const sendCode = ({ contactId }: Contact) =>
  nurse.post<ProblemBody & { expiresAt: string }>(`${PATH}/${contactId}/send-code`);
/** Codes that were made for her, sent or still to be sent. */
async function codesSent(): Promise<number | undefined> {
  const { rows } = await api.database.pool.query<{ sent: number }>(
    `select count(*)::int as sent from notifications where kind = 'verification' and user_id = $1`,
    [nurse.userId],
  );
  return rows[0]?.sent;
}
const another = (code: string) => (code === '000000' ? '000001' : '000000');

describe('a phone that a nurse enters for herself', () => {
  test('is not verified yet, gets a code by SMS, and counts once she gives it back', async () => {
    const { status, body } = await put([phone()]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ teamId, memberId, contacts: [{ ...phone(), verified: false, enteredBy: 'member' }] });
    const contact = await first();
    expect(contact.codeExpiresAt).toBe(new Date(nowMs + 15 * MINUTE_MS).toISOString());
    const code = await codeTo(phone());
    expect((await verify(contact, code)).body).toEqual({ contactId: contact.contactId, verified: true });
    expect(await first()).toMatchObject({ verified: true });
    expect((await first()).codeExpiresAt).toBeUndefined();
    // Given back again, it is as if it had been the first time.
    expect((await verify(contact, code)).status).toBe(200);
    expect((await sendCode(contact)).status).toBe(409);
  });

  test('is known to no log, no table and no audit row by its code', async () => {
    await put([phone()]);
    const code = await codeTo(phone());
    await verify(await first(), code);
    const { rows } = await api.database.pool.query<{ text: string }>(
      `select row_to_json(n)::text as text from notifications n where kind = 'verification' union all
       select row_to_json(c)::text from contact_codes c union all select row_to_json(a)::text from audit_log a`,
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const text of [...rows.map((row) => row.text), ...logged, ...api.logged])
      expect(text).not.toMatch(new RegExp(`(?<!\\d)${code}(?!\\d)`));
  });

  test('leaves an audit row for the code that was given back', async () => {
    await put([phone()]);
    const { contactId } = await first();
    await verify(await first(), another(await codeTo(phone())));
    // What became of the request is added once it is answered.
    const written = async () => {
      const { rows } = await api.database.pool.query<{ detail: { contactId: string }; status: number }>(
        `select detail, status from audit_log where user_id = $1 and detail->>'route' like '%/verify'`,
        [nurse.userId],
      );
      return rows;
    };
    await expect.poll(written).toMatchObject([{ detail: { contactId }, status: 400 }]);
  });
});

describe('a code', () => {
  test('that is wrong is refused with its field and what to do, and after five of them none is right', async () => {
    await put([phone()]);
    const contact = await first();
    const code = await codeTo(phone());
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { status, body } = await verify(contact, another(code));
      expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field: 'code' });
      expect(body.detail).toContain('send-code');
    }
    expect((await verify(contact, code)).status).toBe(429);
    expect(await first()).toMatchObject({ verified: false });
    pass(MINUTE_MS);
    expect((await sendCode(contact)).status).toBe(202);
    expect((await verify(contact, await codeTo(phone(), 2))).status).toBe(200);
  });

  test('tried by many at once has five attempts all the same', async () => {
    await put([phone()]);
    const contact = await first();
    const wrong = another(await codeTo(phone()));
    const answers = await Promise.all(Array.from({ length: 12 }, () => verify(contact, wrong)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });

  test('holds no more after a quarter of an hour, or once a newer one was sent', async () => {
    await put([phone()]);
    const contact = await first();
    const old = await codeTo(phone());
    pass(MINUTE_MS);
    await sendCode(contact);
    const newer = await codeTo(phone(), 2);
    if (old !== newer) expect((await verify(contact, old)).status).toBe(400);
    pass(15 * MINUTE_MS);
    const late = await verify(contact, newer);
    expect({ status: late.status, field: late.body.errors?.[0]?.field }).toEqual({ status: 400, field: 'code' });
  });

  test.each(['12345', '1234567', 'abcdef', '１２３４５６'])('%s is no code', async (code) => {
    await put([phone()]);
    const { status, body } = await verify(await first(), code);
    expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field: 'code' });
  });

  test('is sent at most once a minute and ten times a day, and says when there may be another', async () => {
    await put([phone()]);
    const contact = await first();
    const tooSoon = await sendCode(contact);
    expect({ status: tooSoon.status, wait: tooSoon.headers['retry-after'] }).toEqual({ status: 429, wait: '60' });
    for (let sent = 1; sent < 10; sent += 1) {
      pass(MINUTE_MS);
      expect((await sendCode(contact)).status).toBe(202);
    }
    pass(MINUTE_MS);
    const tooMany = await sendCode(contact);
    expect(tooMany.status).toBe(429);
    expect(tooMany.body.detail).toMatch(/10 codes/);
    expect(Number(tooMany.headers['retry-after'])).toBe((DAY_MS - 10 * MINUTE_MS) / 1000);
    pass(DAY_MS);
    expect((await sendCode(contact)).status).toBe(202);
  });

  test('is not sent to one stranger after the other: a person has twenty a day, whatever they enter and take out again', async () => {
    for (let n = 0; n < 5; n += 1) {
      await put(Array.from({ length: 5 }, (_, i) => phone(100 + 5 * n + i)));
      pass(MINUTE_MS);
    }
    expect(await codesSent()).toBe(20);
    expect((await mine())[0]?.contacts).toHaveLength(5);
  });

  test('is not sent again and again by taking a number out and entering it anew', async () => {
    for (let n = 0; n < 8; n += 1) {
      await put([phone()]);
      await put([]);
    }
    await put([phone()]);
    expect(await codesSent()).toBe(5);
    const tooSoon = await sendCode(await first());
    expect({ status: tooSoon.status, wait: tooSoon.headers['retry-after'] }).toEqual({ status: 429, wait: '60' });
    pass(MINUTE_MS);
    expect((await sendCode(await first())).status).toBe(202);
  });

  test('that could not be sent in time is not sent late', async () => {
    receiver.answerWith((response) => response.writeHead(503).end());
    await put([phone()]);
    await until('an attempt has failed', 8_000, async () => {
      const { rows } = await api.database.pool.query(
        'select from notifications where user_id = $1 and last_failure is not null',
        [nurse.userId],
      );
      return rows.length > 0;
    });
    receiver.answerWith((response) => response.writeHead(204).end());
    pass(15 * MINUTE_MS);
    const settled = await until('it is settled', 8_000, async () => {
      const { rows } = await api.database.pool.query<{ status: string; last_failure: string }>(
        `select status, last_failure from notifications where user_id = $1 and status <> 'pending'`,
        [nurse.userId],
      );
      return rows[0];
    });
    expect(settled).toEqual({ status: 'skipped', last_failure: 'code_expired' });
  });
});
test('a webhook of one’s own gets its code signed with the secret that was shown once', async () => {
  const made = await put([webhookAt('own')]);
  expect(made.body.contacts[0]?.secret).toMatch(/^[\w-]{43}$/);
  const request = await until('it arrives', 8_000, () => receiver.requests.find(({ path }) => path === '/own'));
  const body = JSON.parse(String(request.body));
  expect(body).toMatchObject({ kind: 'verification', code: expect.stringMatching(/^\d{6}$/) });
  expect(body.alertId).toBeUndefined();
  expect(request.headers['pulseward-signature']).toBeDefined();
  expect((await verify(await first(), body.code)).status).toBe(200);
  expect((await put([webhookAt('own')])).body.contacts[0]?.secret).toBeUndefined();
  expect(await first()).toMatchObject({ verified: true });
});

test('a browser’s push subscription counts at once, of whoever enters it signed in, for themselves', async () => {
  const keys = {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  };
  const address = JSON.stringify({ endpoint: 'https://push.example.org/1', keys });
  expect((await put([{ channel: 'web_push', address }])).body.contacts).toMatchObject([{ verified: true }]);
  expect(await codesSent()).toBe(0);
});

describe('what a lead entered', () => {
  const entered = { channel: 'webhook', address: 'https://lead.example.org/hook' };
  const patch = (contacts: object[]) =>
    api.admin.patch<{ contacts: Contact[] }>(`/teams/${teamId}/members/${memberId}`, { contacts });

  test('counts at once, comes first, and stays whatever the member enters', async () => {
    await patch([entered]);
    await put([phone()]);
    await put([]);
    const { body } = await put([phone(), entered]);
    expect(body.contacts).toMatchObject([
      { ...entered, verified: true, enteredBy: 'team' },
      { ...phone(), verified: false, enteredBy: 'member' },
    ]);
    expect(body.contacts).toHaveLength(2);
  });

  test('takes the place of the member’s own too, and one that the lead leaves in stays to be verified', async () => {
    await put([phone(), webhookAt('x')]);
    const kept = await patch([entered, phone()]);
    expect(kept.body.contacts).toMatchObject([
      { verified: true, enteredBy: 'team' },
      { ...phone(), verified: false, enteredBy: 'member' },
    ]);
    const changed = { channel: 'sms', address: '13900000000' };
    expect((await patch([changed])).body.contacts).toMatchObject([{ ...changed, verified: true, enteredBy: 'team' }]);
    expect((await mine())[0]?.contacts).toHaveLength(1);
  });
});

describe('who may enter what', () => {
  const fieldOf = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    return { status, field: (body as ProblemBody).errors?.[0]?.field };
  };

  test.each([
    [
      'a group’s robot',
      { channel: 'wecom_robot', address: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k' },
      'channel',
    ],
    ['the app, which needs none', { channel: 'in_app', address: '' }, 'channel'],
    ['a channel that is not set up', { channel: 'email', address: 'nurse@example.org' }, 'channel'],
    ['no number', { channel: 'sms', address: 'my phone' }, 'address'],
    ['a webhook by plain HTTP', { channel: 'webhook', address: 'http://93.184.216.34/' }, 'address'],
    ['no subscription', { channel: 'web_push', address: '{}' }, 'address'],
  ])('%s is refused with the field that is wrong', async (_, contact, field) => {
    expect(await fieldOf(put([contact]))).toEqual({ status: 400, field: `contacts/0/${field}` });
  });

  test('the same twice is refused', async () => {
    expect(await fieldOf(put([phone(), phone()]))).toEqual({ status: 400, field: 'contacts/1/address' });
  });

  test('who is in no team, or in several, is told what to do', async () => {
    const stranger = await api.createCaller(`stranger${counter}`, []);
    expect(await fieldOf(stranger.put(PATH, { contacts: [] }))).toEqual({ status: 400, field: 'teamId' });
    const second = await createTeam(api.admin, `Second ${counter}`);
    await join(second);
    expect(await fieldOf(put([phone()]))).toEqual({ status: 400, field: 'teamId' });
    expect((await put([phone()], { teamId: second })).status).toBe(200);
    expect((await mine()).map(({ contacts }) => contacts.length)).toEqual([0, 1]);
    const foreign = await createTeam(api.admin, `Foreign ${counter}`);
    expect(await fieldOf(put([phone()], { teamId: foreign }))).toEqual({ status: 400, field: 'teamId' });
  });

  test('nobody verifies, or has a code sent to, a contact of somebody else', async () => {
    await put([phone()]);
    const { contactId } = await first();
    const code = await codeTo(phone());
    const other = await api.createCaller(`other${counter}`, []);
    expect((await other.post(`${PATH}/${contactId}/verify`, { code })).status).toBe(404);
    expect((await other.post(`${PATH}/${contactId}/send-code`)).status).toBe(404);
    expect((await api.admin.post(`${PATH}/${contactId}/verify`, { code })).status).toBe(404);
  });

  test('who has left the team has no contacts in it any more', async () => {
    await put([phone()]);
    const contact = await first();
    await api.admin.delete(`/teams/${teamId}/members/${memberId}`);
    expect(await mine()).toEqual([]);
    expect((await sendCode(contact)).status).toBe(404);
  });
});
