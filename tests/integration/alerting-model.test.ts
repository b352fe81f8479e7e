// Commands at random on a model of patient, team and receivers, and on alerting beside it: signals, what people do, what a team edits,
// receivers that fail, a patient who changes teams, processes that die between two statements, a clock that is set forward and back.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Severity } from '../../domain/rules/rule.ts';
import type { Fate } from './alerting-by-hand.ts';
import {
  LONGEST_DELAY_MIN,
  type Model,
  type ModelBench,
  openModelBench,
  RECEIVERS,
  SCHEDULES,
  SETTINGS,
} from './alerting-model.ts';
import { MINUTE_MS } from './alerting-scene.ts';
import {
  actedOn,
  checkAlways,
  checkAtRest,
  checkSteps,
  checkTold,
  isOpenAndUrgent,
  readAlerts,
  teamOf,
  WAY_OF,
} from './check-alerting-model.ts';

/** Fewer show nothing: the machine was too busy to tell. */
const LEAST_RUNS = 5;
let bench: ModelBench;
beforeAll(async () => {
  bench = await openModelBench();
});
afterAll(() => bench.close());

type Work = 'apply' | 'review' | 'deliver';

/** One pass of alerting, by a process that may die in it; another one goes on. Answers whether it lived. */
async function work(model: Model, what: Work, diesAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
  const { hand, process, patientKey } = model;
  const before = await readAlerts(model);
  process.dieAfter(diesAfter);
  let failure: unknown;
  try {
    if (what === 'apply') await hand.apply(patientKey);
    else await hand[what]();
  } catch (error) {
    failure = error;
  }
  const hasDied = process.revive();
  if (failure !== undefined && !hasDied) throw failure;
  await checkSteps(model, before);
  return !hasDied;
}

async function rest(model: Model): Promise<void> {
  // Each delivery that fails for good has the alert looked at once more; those of one occurrence are few.
  for (let round = 0; round < 50; round++) {
    await work(model, 'apply');
    await checkTold(model);
    await work(model, 'review');
    if ((await model.hand.deliver()) === 0) return checkAtRest(model);
  }
  throw new Error('alerting does not come to rest');
}

const command = (name: string, run: (model: Model) => Promise<unknown>): fc.AsyncCommand<object, Model> => ({
  check: () => true,
  toString: () => name,
  async run(_, model) {
    model.scene.pass(1_000);
    await run(model);
    await checkAlways(model);
  },
});

const FIRING: readonly (readonly [string, Severity])[] = [
  ['CGM-01', 'critical'],
  ['CGM-02', 'warning'],
  ['SMBG-01', 'critical'],
  ['SMBG-01', 'emergency'],
  ['SMBG-03', 'critical'],
  ['CGM-05', 'warning'],
  // For the patient at first, for the team when it goes on.
  ['CGM-03', 'warning'],
];
const RANK = ['info', 'warning', 'critical', 'emergency'];

async function fireOne({ scene, patientKey, firing }: Model, ruleId: string, asked: Severity): Promise<void> {
  const before = firing.get(ruleId);
  const severity = before && RANK.indexOf(before.severity) > RANK.indexOf(asked) ? before.severity : asked;
  const again = before && { episodeId: before.episodeId };
  const stage = ruleId === 'CGM-03' && { stage: before ? 2 : 1 };
  const how = { severity, freshAt: scene.now(), ...again, ...stage };
  firing.set(ruleId, { episodeId: await scene.fire(ruleId, how, { patientKey, nudge: false }), severity });
}
const fire = fc
  .constantFrom(...FIRING)
  .map(([ruleId, asked]) => command(`${ruleId} fires, ${asked}`, (model) => fireOne(model, ruleId, asked)));
/** What isn't urgent about one patient is told in one message to people. */
const upAndDown = fc.constant(undefined).map(() =>
  command('CGM-02 and CGM-05 fire, warning', async (model) => {
    await fireOne(model, 'CGM-02', 'warning');
    await fireOne(model, 'CGM-05', 'warning');
  }),
);
const lowAfterHigh = fc.constant(undefined).map(() =>
  command('CGM-05 is told of a team that wants no more of a day, and CGM-02 fires', async (model) => {
    await model.configures(SETTINGS.length - 1);
    await fireOne(model, 'CGM-05', 'warning');
    await rest(model);
    model.scene.pass(MINUTE_MS);
    await rest(model);
    await fireOne(model, 'CGM-02', 'warning');
  }),
);
const recover = fc.constantFrom(...Object.keys(WAY_OF)).map((ruleId) =>
  command(`${ruleId} recovers`, async ({ scene, patientKey, firing }) => {
    if (firing.delete(ruleId)) await scene.recover(ruleId, { patientKey, nudge: false });
  }),
);
const byPerson = fc
  .record({
    way: fc.constantFrom('low', 'high'),
    what: fc.constantFrom('acknowledge', 'acknowledge', 'snooze', 'resolve'),
    // The gp is of both teams.
    name: fc.constantFrom('nurse', 'nurse', 'gp'),
  })
  .map(({ way, what, name }) =>
    command(`${name}: ${what} the ${way}`, async (model) => {
      const { scene } = model;
      const unclosed = (await readAlerts(model)).find(
        ({ direction, state }) => direction === way && ['open', 'acknowledged', 'snoozed'].includes(state),
      );
      if (!unclosed) return;
      const { alertId } = unclosed;
      const userId = teamOf(model, unclosed).users[name];
      if (what === 'acknowledge') await scene.commands.acknowledge(alertId, userId);
      else if (what === 'resolve') await scene.commands.resolve(alertId, userId, 'called');
      else {
        await scene.commands.snooze(alertId, userId, scene.now() + 40 * MINUTE_MS, 'she is eating');
        model.snoozedBy.set(alertId, userId);
      }
    }),
  );
const move = fc.constant(undefined).map(() => command('the patient changes teams', (model) => model.moves()));
const plan = fc
  .nat({ max: SCHEDULES.length - 1 })
  .map((schedule) => command(`schedule ${schedule}`, (model) => model.plans(schedule)));
const configure = fc
  .nat({ max: SETTINGS.length - 1 })
  .map((settings) => command(`settings ${settings}`, (model) => model.configures(settings)));
const receiver = fc
  .record({
    who: fc.constantFrom(...RECEIVERS),
    fate: fc.constantFrom<Fate>('delivered', 'dead', 'dead', 'refused', 'lost', 'crash'),
  })
  .map(({ who, fate }) => command(`${who}: ${fate}`, async ({ fates }) => fates.set(who, fate)));
const crowd = fc.constant(undefined).map(() => command('a storm of others', (model) => model.crowds()));
const pass = fc
  .constantFrom(0.5, 4, 5, 10, 15, 15, 60)
  .map((minutes) => command(`${minutes} min pass`, async ({ scene }) => scene.pass(minutes * MINUTE_MS)));
const setBack = fc.constantFrom(1, 5, 10).map((minutes) =>
  command(`the clock is set back by ${minutes} min`, async (model) => {
    model.scene.pass(-minutes * MINUTE_MS);
    model.setBackMs += minutes * MINUTE_MS;
  }),
);
const oneOfThem = fc.constantFrom<Work>('apply', 'review', 'deliver');
const pieceOfWork = oneOfThem.map((what) => command(what, (model) => work(model, what)));
const crash = fc
  .record({ what: oneOfThem, after: fc.nat({ max: 25 }) })
  .map(({ what, after }) => command(`${what} dies before statement ${after}`, (model) => work(model, what, after)));
const settle = fc.constant(undefined).map(() => command('rest', rest));

/** All that is owed is paid when nobody does anything more, and everybody can be reached. */
async function liveOn(model: Model): Promise<void> {
  const { scene, hand, fates } = model;
  fates.clear();
  await rest(model);
  // Retries wait for two minutes at most.
  scene.pass(2 * MINUTE_MS + model.setBackMs);
  await rest(model);
  for (let minutes = 0; minutes <= 2 * LONGEST_DELAY_MIN; minutes += 15) {
    scene.pass(15 * MINUTE_MS);
    await rest(model);
  }
  const open = (await readAlerts(model)).filter(isOpenAndUrgent);
  const from = hand.received.length;
  scene.pass(121 * MINUTE_MS);
  await rest(model);
  const after = new Map((await readAlerts(model)).map((alert) => [alert.alertId, alert]));
  for (const { alertId, direction } of open) {
    expect(after.get(alertId)?.escalation?.nextAt, `every step of the ${direction} has been taken`).toBeUndefined();
    const told = actedOn(model, from).filter((sent) => sent.alertId === alertId);
    expect(told.length, `the team hears again of the ${direction}`).toBeGreaterThan(0);
  }
}

test('nobody is forgotten, delayed or told twice, whatever happens in whatever order', {
  timeout: 240_000,
}, async () => {
  const commands = fc.commands(
    [
      fire,
      fire,
      fire,
      upAndDown,
      lowAfterHigh,
      recover,
      byPerson,
      byPerson,
      move,
      plan,
      configure,
      receiver,
      receiver,
      crowd,
      crowd,
      pass,
      pass,
      pass,
      setBack,
      pieceOfWork,
      crash,
      crash,
      settle,
      settle,
      settle,
    ],
    { maxCommands: 40, size: 'max' },
  );
  let runs = 0;
  let several = 0;
  await fc.assert(
    fc.asyncProperty(commands, async (given) => {
      const model = await bench.begin();
      const from = model.hand.received.length;
      await fc.asyncModelRun(() => ({ model: {}, real: model }), given);
      await liveOn(model);
      runs += 1;
      several += model.hand.received.slice(from).filter(({ items }) => items !== undefined).length;
    }),
    // On a busy machine fewer runs, never a run that goes on behind the next test.
    { numRuns: 60, interruptAfterTimeLimit: 90_000 },
  );
  console.info(`${runs} runs of the model, ${several} messages that told several`);
  expect(runs, 'runs that came to their end in time').toBeGreaterThanOrEqual(LEAST_RUNS);
});
