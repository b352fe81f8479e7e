// A threshold that somebody sets over the API is what ingest judges by within seconds; given back, the default holds again.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createIngestRole } from '../../ingest/ingest-role.ts';
import { createCounters } from '../../runtime/counters.ts';
import { settleJournalPartitions } from '../../storage/journal/journal-partitions.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { frameMessages } from '../../storage/journal/record-frame.ts';
import { MINUTE_MS, type Monitored, monitor } from '../dashboards/clinical-scene.ts';
import { createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';
import { until } from '../system/until.ts';
import { openSceneStorage } from './ingest-scene.ts';

const WITHIN_MS = 15_000;
const LOW_LINE = { 'CGM-02': { below: { value: 4.4, unit: 'mmol/L' }, clearAt: { value: 4.4, unit: 'mmol/L' } } };

let api: TestApi;
let teamId: string;
let patient: Monitored;
let stopIngest: () => Promise<void>;

beforeEach(async () => {
  api = await createTestApi();
  teamId = await createTeam(api.admin, 'North');
  patient = await monitor(api, teamId);
  await settleJournalPartitions(api.database.pool);
  await startIngest();
});
afterEach(async () => {
  await stopIngest();
  await api.close();
});

/** As a process of its own: with caches that hear of changes from the database alone. */
async function startIngest(): Promise<void> {
  const { storage, close } = await openSceneStorage(api.database.pool, api.database.url, []);
  const { config, log } = api.services;
  const role = createIngestRole({ config, storage, log, counters: createCounters({ part: 'ingest' }) });
  await role.start();
  stopIngest = async () => {
    await role.stop();
    await close();
  };
}

/** Four readings at 4.2 mmol/L, the newest now. */
const publishLow = (of: Monitored, now = Date.now()) =>
  publish(
    of,
    [15, 10, 5, 0].map((ago) => ({ kind: 'cgm', at: now - ago * MINUTE_MS, value: 4.2, unit: 'mmol/L' })),
  );

async function publish({ deviceKey, deviceId, patientKey }: Monitored, readings: readonly object[]): Promise<void> {
  const message = {
    receivedAt: Date.now(),
    deviceKey,
    flags: 0,
    topic: Buffer.from(`v1/devices/${deviceId}/readings`),
    payload: Buffer.from(JSON.stringify(readings)),
  };
  const partition = partitionOfPatient(patientKey, await settleJournalPartitions(api.database.pool));
  await api.services.storage.journal.append([{ partition, ...frameMessages([message]) }]);
}

interface Signal {
  readonly verdict: string;
  readonly explanation: {
    readonly reason: string;
    readonly thresholds: Record<string, { value: number; origin: string }>;
  };
}

async function signalOf({ patientKey }: Monitored, ruleId = 'CGM-02'): Promise<Signal | undefined> {
  const { rows } = await api.database.pool.query<Signal>(
    `select verdict, explanation from signals where patient_key = $1 and rule_id = $2`,
    [patientKey, ruleId],
  );
  return rows[0];
}

const verdictBecomes = (of: Monitored, verdict: string) =>
  until(`CGM-02 is ${verdict}`, WITHIN_MS, async () => (await signalOf(of))?.verdict === verdict);

async function stored({ deviceKey }: Monitored): Promise<void> {
  await until('the readings are stored', WITHIN_MS, async () => {
    const { rows } = await api.database.pool.query('select 1 from readings where device_key = $1', [deviceKey]);
    return rows.length === 4;
  });
}

it('4.2 mmol/L is low for the patient whose own line is 4.4, says whose line it was, and is not once it is given back', async () => {
  await api.admin.put('/rules', { patientId: patient.patientId, thresholds: LOW_LINE });
  await publishLow(patient);
  await verdictBecomes(patient, 'firing');
  const { explanation } = (await signalOf(patient))!;
  expect(explanation.thresholds.below).toMatchObject({ value: 79, mmolPerL: 4.4, origin: 'patient' });
  expect(explanation.thresholds.minutes).toMatchObject({ origin: 'default' });

  await api.admin.put('/rules', { patientId: patient.patientId, thresholds: {} });
  await verdictBecomes(patient, 'clear');
});

it('a team’s line holds for every patient of the team, and for nobody else', async () => {
  const [mate, stranger] = [await monitor(api, teamId), await monitor(api, await createTeam(api.admin, 'South'))];
  for (const each of [patient, mate, stranger]) await publishLow(each);
  for (const each of [patient, mate, stranger]) await stored(each);
  expect(await signalOf(patient)).toBeUndefined();

  await api.admin.put('/rules', { teamId, thresholds: LOW_LINE });
  await verdictBecomes(patient, 'firing');
  await verdictBecomes(mate, 'firing');
  expect((await signalOf(patient))?.explanation.thresholds.below).toMatchObject({ origin: 'team' });
  expect(await signalOf(stranger)).toBeUndefined();

  await api.admin.put('/rules', { teamId, thresholds: {} });
  await verdictBecomes(patient, 'clear');
});

it('a team’s line that was set while ingest was away holds when it is back, without another reading', async () => {
  await publishLow(patient);
  await stored(patient);
  await stopIngest();
  await api.admin.put('/rules', { teamId, thresholds: LOW_LINE });
  await startIngest();
  await verdictBecomes(patient, 'firing');
});

it('a line of a rule of weeks that the team sets holds, too', async () => {
  const meter = await monitor(api, teamId, 'glucometer');
  const fasting = [1, 2, 3, 4].map((days) => ({
    kind: 'smbg',
    at: Date.now() - days * 24 * 60 * MINUTE_MS,
    value: 6.6,
    unit: 'mmol/L',
    context: 'fasting',
  }));
  await publish(meter, fasting);
  await stored(meter);
  const lowered = { 'SMBG-04': { fastingFrom: { value: 6.5, unit: 'mmol/L' } } };
  await api.admin.put('/rules', { teamId, thresholds: lowered });
  await until('SMBG-04 fires', 30_000, async () => (await signalOf(meter, 'SMBG-04'))?.verdict === 'firing');
  expect((await signalOf(meter, 'SMBG-04'))?.explanation.thresholds.fastingFrom).toMatchObject({ origin: 'team' });
});

/** What ingest has persisted of the patient's rules, and what the API answers of the same ones, in one shape. */
async function saidOf({ patientKey, patientId }: Monitored): Promise<{ persisted: object; answered: object }> {
  const { rows } = await api.database.pool.query<Said & { readonly rule_id: string }>(
    `select s.rule_id, s.verdict, s.severity, s.explanation ->> 'reason' as reason,
       (select e.fate from episodes e where e.patient_key = s.patient_key and e.rule_id = s.rule_id and e.withdrawn_at is null
        order by e.start_at desc limit 1) as fate
     from signals s where s.patient_key = $1 order by s.rule_id`,
    [patientKey],
  );
  const { body } = await api.admin.get<{
    items: (Said & { readonly ruleId: string; readonly episode?: { readonly fate: string } })[];
  }>(`/patients/${patientId}/verdicts`);
  const answered = new Map(body.items.map((item) => [item.ruleId, { ...item, fate: item.episode?.fate }]));
  const inShape = ({ verdict, severity, reason, fate }: Said) => [verdict, severity ?? null, reason, fate ?? null];
  return {
    persisted: Object.fromEntries(rows.map((row) => [row.rule_id, inShape(row)])),
    answered: Object.fromEntries(rows.map(({ rule_id }) => [rule_id, inShape(answered.get(rule_id)!)])),
  };
}

interface Said {
  readonly verdict: string;
  readonly severity?: string | null;
  readonly reason: string;
  readonly fate?: string | null | undefined;
}

it('what ingest says of a patient is what the API derives anew', async () => {
  const now = Date.now();
  const values = [...Array<number>(40).fill(14.5), ...Array<number>(20).fill(8), 5, 4, 3.2, 2.9, 2.8, 2.7, 2.6, 2.6];
  const readings = values.map((value, index) => ({
    kind: 'cgm',
    at: now - (values.length - 1 - index) * 5 * MINUTE_MS,
    value,
    unit: 'mmol/L',
  }));
  await publish(patient, readings);
  await verdictBecomes(patient, 'firing');
  const { persisted, answered } = await saidOf(patient);
  expect(Object.keys(persisted)).toEqual(expect.arrayContaining(['CGM-01', 'CGM-02', 'CGM-05']));
  expect(answered).toEqual(persisted);
});

it('a low that came late is answered as ingest took it, also once a fresh reading says that it is ending', async () => {
  const low = (ago: number) => ({ kind: 'cgm', at: Date.now() - ago * MINUTE_MS, value: 2.7, unit: 'mmol/L' });
  await publish(patient, [60, 55, 50, 45].map(low));
  await verdictBecomes(patient, 'firing');
  expect((await saidOf(patient)).persisted).toMatchObject({ 'CGM-01': ['firing', 'warning', 'late_low', 'late'] });
  await publish(patient, [{ kind: 'cgm', at: Date.now(), value: 6.1, unit: 'mmol/L' }]);
  await until(
    'the sensor is no longer silent',
    WITHIN_MS,
    async () => (await signalOf(patient, 'DATA-01'))?.verdict === 'clear',
  );
  const { persisted, answered } = await saidOf(patient);
  expect(persisted).toMatchObject({ 'CGM-01': ['firing', 'warning', 'late_low', 'late'] });
  expect(answered).toEqual(persisted);
});
