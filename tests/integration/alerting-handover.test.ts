// A shift begins: whoever comes on duty hears what the team has open, once, by a contact that works.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAlertingCounters } from '../../alerting/alerting-counters.ts';
import { createShiftHandovers } from '../../alerting/hand-over-shifts.ts';
import type { OnCallPlan } from '../../domain/on-call/on-call-schedule.ts';
import { createCounters } from '../../runtime/counters.ts';
import { until } from '../system/until.ts';
import { alertingByHand, type ByHand } from './alerting-by-hand.ts';
import { createScene, MINUTE_MS, type Scene } from './alerting-scene.ts';
import { openSceneTeam, type SceneTeam } from './scene-team.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.parse('2026-11-22T12:00+08:00');

let scene: Scene;
let team: SceneTeam;
let byHand: ByHand;
let round: () => Promise<boolean>;
let lin: string;
let wang: string;

beforeEach(async () => {
  scene = await createScene({ member: false, clockStandsAt: NOON });
  team = await openSceneTeam(scene);
  byHand = await alertingByHand(scene);
  round = newProcess();
  lin = await addNurse('Lin', ['/lin']);
  wang = await addNurse('Wang', ['/wang', '/wang-2']);
  await putSchedule();
  at('12:00');
});
afterEach(() => scene.destroy());

/** The loop of a process: what it has looked up it keeps to itself. */
function newProcess() {
  return createShiftHandovers({
    pool: scene.database.pool,
    // Whatever is sent by it is refused or taken by the test's receiver.
    channels: new Map([
      ['webhook', { name: 'webhook', follows: true, send: async () => ({ fate: 'delivered' as const }) }],
    ]),
    counters: createAlertingCounters(createCounters({ part: 'test' })),
    deliveries: { begin: () => 0, drain: async () => {} },
    now: scene.now,
  });
}

function addNurse(name: string, paths: readonly string[]): Promise<string> {
  const contacts = paths.map((path) => ({
    channel: 'webhook',
    address: `https://example.org${path}`,
    secret: 'x'.repeat(32),
  }));
  return team.join({ name, role: 'nurse', contacts });
}

function putSchedule(more: Partial<OnCallPlan> = {}): Promise<void> {
  const daily = { rrule: 'FREQ=DAILY' };
  const shifts = [
    { memberIds: [lin], from: '2026-11-01T08:00', to: '2026-11-01T18:00', ...daily },
    { memberIds: [wang], from: '2026-11-01T18:00', to: '2026-11-02T08:00', ...daily },
  ];
  return team.plan({ shifts, ...more });
}

/** The clock jumps to a time of that Sunday, or of a later day. */
function at(time: string, daysLater = 0): void {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  scene.pass(NOON + (hours - 12) * HOUR_MS + minutes * MINUTE_MS + daysLater * DAY_MS - scene.now());
}

async function warningIsOpen(): Promise<void> {
  await scene.fire('CGM-05', { severity: 'warning' }, { nudge: false });
  await byHand.apply();
  await scene.database.pool.query(`update alerts set due_at = null`);
}

/** Who gets what now, by their address. */
async function delivered(): Promise<string[]> {
  const before = byHand.received.length;
  await byHand.deliver();
  return byHand.received.slice(before).flatMap(({ kind, to }) => (kind === 'handover' ? [new URL(to).pathname] : []));
}

describe('at a shift change', () => {
  test('whoever comes on duty is told once, by the first of their contacts: counts and a link, whatever process comes first', async () => {
    await warningIsOpen();
    await round();
    expect(await delivered()).toEqual([]);
    at('18:00');
    await Promise.all([round(), newProcess()(), newProcess()()]);
    expect(await delivered()).toEqual(['/wang']);
    const [sent] = byHand.received.filter(({ kind }) => kind === 'handover');
    expect(sent).toMatchObject({
      kind: 'handover',
      teamId: scene.teamId,
      link: `http://clinic.example/#/teams/${scene.teamId}`,
      subject: {
        handover: { shiftAt: NOON + 6 * HOUR_MS, alerts: 1, urgent: 0, unowned: 0, snoozesEnding: 0, watch: 0 },
      },
    });
    expect(sent).not.toHaveProperty('alertId', expect.anything());
    at('18:30');
    await Promise.all([round(), newProcess()()]);
    expect(await delivered()).toEqual([]);
    at('08:00', 1);
    await round();
    expect(await delivered()).toEqual(['/lin']);
  });

  test('with nothing open and nobody to watch nobody is disturbed, then or later in the shift', async () => {
    at('18:00');
    await round();
    await warningIsOpen();
    at('18:10');
    await Promise.all([round(), newProcess()()]);
    expect(await delivered()).toEqual([]);
  });

  test('an urgent low that has cleared and waits for a review is reason enough', async () => {
    await scene.fire('CGM-01', {}, { nudge: false });
    await byHand.settle();
    await scene.recover('CGM-01', { nudge: false });
    await byHand.settle();
    at('18:00');
    await round();
    expect(await delivered()).toEqual(['/wang']);
    expect(byHand.received.at(-1)?.subject?.handover).toMatchObject({ alerts: 1, watch: 1 });
  });

  test('who goes on under another reason is told nothing, and who covers is', async () => {
    await warningIsOpen();
    const leave = [{ memberId: wang, from: '2026-11-22T18:00', to: '2026-11-23T08:00', coveredBy: [lin] }];
    await putSchedule({ leave });
    at('18:00');
    await round();
    expect(await delivered()).toEqual([]);
    await putSchedule({ overrides: [{ memberIds: [wang], from: '2026-11-22T20:00', to: '2026-11-22T22:00' }], leave });
    at('20:00');
    await round();
    expect(await delivered()).toEqual(['/wang']);
  });

  test('a shift that began during an outage is handed over up to an hour late, of several the last, and no older one', async () => {
    await warningIsOpen();
    await putSchedule({
      overrides: [
        { memberIds: [wang], from: '2026-11-22T12:10', to: '2026-11-22T12:20' },
        { memberIds: [wang], from: '2026-11-22T15:00', to: '2026-11-22T15:10' },
      ],
    });
    at('12:40');
    await newProcess()();
    expect(await delivered()).toEqual(['/lin']);
    at('16:10');
    await newProcess()();
    expect(await delivered()).toEqual([]);
    const { rows } = await scene.database.pool.query('select shift_at from handovers');
    expect(rows).toEqual([{ shift_at: NOON + 20 * MINUTE_MS }]);
  });

  test('a contact that fails for good is followed by the next one, and after the last there is an end', async () => {
    await warningIsOpen();
    at('18:00');
    await round();
    const fail = () =>
      scene.database.pool.query(`update notifications set status = 'failed', due_at = null where kind = 'handover'`);
    await fail();
    await Promise.all([round(), newProcess()()]);
    expect(await delivered()).toEqual(['/wang-2']);
    await round();
    expect(await delivered()).toEqual([]);
    await fail();
    await round();
    expect(await delivered()).toEqual([]);
  });

  test('a team whose schedule can’t be read costs no other team its handover', async () => {
    await warningIsOpen();
    const broken = await scene.addTeam();
    await scene.database.pool.query('insert into team_schedules (team_id, version, schedule) values ($1, 1, $2)', [
      broken,
      JSON.stringify({
        timeZone: 'Mars/Olympus',
        shifts: [{ memberIds: [lin], from: '2026-11-01T08:00', to: '2027-11-01T18:00' }],
      }),
    ]);
    at('18:00');
    await expect(round()).rejects.toThrow('1 teams');
    expect(await delivered()).toEqual(['/wang']);
    // It rests, and is no failure of each round.
    await expect(round()).resolves.toBe(false);
  });
});

test('the alerting role hands over by itself: a webhook gets who, what and where, and nothing else', async () => {
  await team.reach(wang, [{ channel: 'webhook', address: scene.webhook.url, secret: scene.webhook.secret }]);
  await warningIsOpen();
  at('18:00');
  await scene.startAlerting();
  await until('it arrives', 10_000, () => scene.webhook.received.some(({ body }) => body.kind === 'handover'));
  const { body } = scene.webhook.received.find((each) => each.body.kind === 'handover')!;
  expect(body).toEqual({
    notificationId: expect.any(String),
    kind: 'handover',
    teamId: scene.teamId,
    link: `http://clinic.example/#/teams/${scene.teamId}`,
  });
});
