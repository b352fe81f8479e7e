// kill -9 of the alerting process at random moments through an escalation of five steps: none is lost, none reaches a receiver that
// honours the key twice, none comes before its time, and none much later than its time or alerting's return. FAULT_ROUNDS sets the runs.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { between, type Random } from '../../simulators/traces/random.ts';
import { createScene, type Scene } from '../integration/alerting-scene.ts';
import { openSceneTeam } from '../integration/scene-team.ts';
import { until } from '../system/until.ts';
import { chanceOf, FAULT_ROUNDS } from './fault-rounds.ts';

const STEPS = 5;
/** Minutes in life; the policy takes fractions. */
const APART_MS = 2_500;
const ANSWERS_AFTER_MS = 300;
const LATE_AT_MOST_MS = 5_000;
const ROUND_WITHIN_MS = 90_000;

interface Arrival {
  readonly step: number;
  readonly alertId: string;
  readonly kind: string;
  readonly key: string;
  readonly at: number;
}

/** From the kill until the next process said that it is ready. */
interface Absence {
  readonly from: number;
  readonly until: number;
}

let scene: Scene;
let server: Server;
let teamId: string;
let child: ChildProcess | undefined;
const arrivals: Arrival[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { alertId, kind } = JSON.parse(text);
      const key = String(request.headers['idempotency-key']);
      arrivals.push({ step: Number(request.url?.slice(1)), alertId, kind, key, at: Date.now() });
      // So that a kill can come between a page and the knowledge that it has arrived.
      setTimeout(() => response.writeHead(204).end(), ANSWERS_AFTER_MS);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  scene = await createScene({ member: false });
  teamId = await scene.addTeam();
  const team = await openSceneTeam(scene, { teamId });
  const steps = [];
  for (let step = 0; step < STEPS; step++) {
    const contacts = [{ channel: 'webhook', address: `http://127.0.0.1:${port}/${step}`, secret: 'of-the-test' }];
    const memberId = await team.join({ name: `Member ${step}`, role: 'gp', contacts });
    steps.push({ delayMin: (step * APART_MS) / 60_000, targets: [{ kind: 'member', memberId }] } as const);
  }
  await team.configure({ policies: [{ name: 'five steps', severities: ['critical'], steps }] });
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await scene?.destroy();
  server?.closeAllConnections();
  server?.close();
});

async function startAlerting(): Promise<void> {
  const settings = JSON.stringify(scene.processSettings());
  child = fork(join(import.meta.dirname, '../integration/alerting.process.ts'), [settings], {
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
  await once(child, 'message');
}

async function killAndStart(awayMs: number): Promise<Absence> {
  const from = Date.now();
  const died = once(child!, 'exit');
  child!.kill('SIGKILL');
  await died;
  await pause(awayMs);
  await startAlerting();
  return { from, until: Date.now() };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Two kills at any moment, and between, before or after them one in the middle of a page. */
function killsOf(chance: Random): (number | 'as a page arrives')[] {
  const moments: (number | 'as a page arrives')[] = [0, 1]
    .map(() => between(chance, 0, STEPS * APART_MS))
    .toSorted((a, b) => a - b);
  return moments.toSpliced(Math.floor(between(chance, 0, 3)), 0, 'as a page arrives');
}

/** Since when alerting has been there and could have told: the step's own time, or its last return before it did. */
const couldTellAt = (dueAt: number, arrivedAt: number, absences: readonly Absence[]) =>
  Math.max(dueAt, ...absences.flatMap(({ until: back }) => (back <= arrivedAt ? back : [])));

test(
  'of five steps none is lost, none comes twice, and none later than 5 s after it was due or alerting was back',
  async () => {
    let kills = 0;
    let repeats = 0;
    let latestMs = 0;
    await startAlerting();
    for (let round = 0; round < FAULT_ROUNDS; round++) {
      const chance = chanceOf('escalation', round);
      const absences: Absence[] = [];
      const patientKey = await scene.addPatient(teamId);
      const firedAt = Date.now();
      await scene.fire('CGM-01', {}, { patientKey });
      const before = arrivals.length;
      // Those before it hear late that theirs was closed.
      const pages = () => arrivals.slice(before).filter(({ kind }) => kind === 'opened');
      const stepsSoFar = () => new Set(pages().map(({ step }) => step)).size;
      for (const moment of killsOf(chance)) {
        const soFar = stepsSoFar();
        if (typeof moment === 'number') await pause(firedAt + moment - Date.now());
        else if (soFar < STEPS) await until('a page arrives', 40_000, () => stepsSoFar() > soFar, 5);
        // Now and then away for longer than a step takes.
        absences.push(await killAndStart(chance() < 0.3 ? between(chance, 1_000, 2 * APART_MS) : 0));
        kills++;
      }
      const [alert] = await until('the alert is there', 20_000, async () => {
        const { rows } = await scene.database.pool.query<{ alertId: string; startedAt: number }>(
          `select alert_id as "alertId", (escalation->>'startedAt')::float8 as "startedAt" from alerts where patient_key = $1`,
          [patientKey],
        );
        return rows.length > 0 && rows;
      });
      const { alertId, startedAt } = alert!;
      const mine = () => arrivals.filter((each) => each.alertId === alertId);
      await until('every step has come', 40_000, () => new Set(mine().map(({ step }) => step)).size === STEPS);
      await scene.settled();

      const keys = new Map(mine().map((each) => [each.key, each]));
      repeats += mine().length - keys.size;
      expect([...keys.values()].map(({ step, kind }) => `${step} ${kind}`).toSorted()).toEqual(
        Array.from({ length: STEPS }, (_, step) => `${step} opened`),
      );
      for (let step = 0; step < STEPS; step++) {
        const { at } = mine().find((each) => each.step === step)!;
        const dueAt = startedAt + step * APART_MS;
        expect(at, `step ${step} of round ${round} comes no sooner than it is due`).toBeGreaterThanOrEqual(dueAt);
        const lateMs = at - couldTellAt(dueAt, at, absences);
        latestMs = Math.max(latestMs, lateMs);
        expect(lateMs, `ms by which step ${step} of round ${round} is late`).toBeLessThan(LATE_AT_MOST_MS);
      }
      await scene.commands.resolve(alertId, scene.userId, 'called');
    }
    console.log(
      `${FAULT_ROUNDS} escalations of ${STEPS} steps, ${kills} kills: lost 0, twice 0 (sent again with the same key: ${repeats}), ` +
        `the latest ${latestMs} ms after it was due or alerting was back`,
    );
  },
  60_000 + FAULT_ROUNDS * ROUND_WITHIN_MS,
);
