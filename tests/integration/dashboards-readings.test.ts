// A patient's readings, blood pressure and rejections on the API; taking a reading back; sending a rejection again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRejections } from '../../storage/readings/rejections.ts';
import {
  addDevice,
  DAY_MS,
  glucose,
  MINUTE_MS,
  type Monitored,
  monitor,
  pressure,
  store,
} from '../dashboards/clinical-scene.ts';
import {
  type ApiCaller,
  createDevice,
  createPatient,
  createTeam,
  createTestApi,
  type TestApi,
} from '../dashboards/test-api.ts';
import { until } from '../system/until.ts';

const NOW = Date.UTC(2026, 10, 22, 6, 30);
const iso = (instant: number) => new Date(instant).toISOString();

interface ReadingOnTheApi {
  readonly readingId: string;
  readonly at: string;
  readonly [more: string]: unknown;
}
interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

let api: TestApi;
let teamId: string;
let nurseElsewhere: ApiCaller;
let villageWorker: ApiCaller;

beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'Team');
  const elsewhere = await createTeam(api.admin, 'Elsewhere');
  nurseElsewhere = await api.createCaller('nurse.elsewhere', [{ role: 'nurse', teamId: elsewhere }]);
  villageWorker = await api.createCaller('village.worker', [{ role: 'village_worker', teamId }]);
});
afterAll(() => api.close());

const readingsOf = async ({ patientId }: Pick<Monitored, 'patientId'>, query = '') =>
  (await api.admin.get<PageOf<ReadingOnTheApi>>(`/patients/${patientId}/readings${query}`)).body;

describe('readings', () => {
  it('come as they were sent, oldest first, with what they count as', async () => {
    const patient = await monitor(api, teamId);
    const meter = await addDevice(api, patient.patientId, 'glucometer');
    const cuff = await addDevice(api, patient.patientId, 'bp_monitor');
    api.services.storage.profiles.invalidate(patient.patientKey);
    const at = NOW - 60 * MINUTE_MS;
    const kPa = { receivedSystolic: 18.4, receivedDiastolic: 11.2, unit: 'kPa' } as const;
    await store(api, [
      glucose(patient.deviceKey, at, 6.4),
      glucose(patient.deviceKey, at + 1, 39, { code: 'LOW', flags: ['clock'], measuredAt: at + 300_000 }),
      glucose(meter.deviceKey, at + 2, 126, { kind: 'smbg', unit: 'mg/dL', context: 'fasting' }),
      { ...pressure(cuff.deviceKey, at + 3, 138, 84), ...kPa, pulsePerMin: 71, slot: 'A' },
    ]);
    const { items, nextCursor } = await readingsOf(patient);
    const received = { receivedAt: iso(at + 2_000) };
    expect(nextCursor).toBeUndefined();
    expect(items).toMatchObject([
      { kind: 'cgm', at: iso(at), value: 6.4, unit: 'mmol/L', deviceId: patient.deviceId, flags: [], ...received },
      { kind: 'smbg', value: 126, mgPerDl: 126, unit: 'mg/dL', context: 'fasting', deviceId: meter.deviceId },
      { kind: 'bp', systolic: 18.4, diastolic: 11.2, unit: 'kPa', systolicMmHg: 138, diastolicMmHg: 84, pulse: 71 },
      { value: 'LOW', code: 'LOW', mgPerDl: 39, at: iso(at + 1), measuredAt: iso(at + 300_000), flags: ['clock'] },
    ]);
    expect(items[0]).toMatchObject({ readingId: `${patient.deviceId}.cgm.${at}`, mgPerDl: expect.closeTo(115.3, 3) });
    for (const name of ['code', 'measuredAt', 'context', 'systolic', 'slot', 'voidedAt'])
      expect(items[0]).not.toHaveProperty(name);
  });

  it('are cut to the window, from included and to excluded, and to the kind asked for', async () => {
    const patient = await monitor(api, teamId);
    const times = [0, 1, 2, 3].map((n) => NOW - DAY_MS + n * MINUTE_MS);
    await store(
      api,
      times.map((at) => glucose(patient.deviceKey, at, 7)),
    );
    const window = await readingsOf(patient, `?from=${iso(times[1]!)}&to=${times[3]}`);
    expect(window.items.map(({ at }) => at)).toEqual([iso(times[1]!), iso(times[2]!)]);
    expect((await readingsOf(patient, '?kind=bp')).items).toEqual([]);
    expect((await readingsOf(patient, '?kind=cgm')).items).toHaveLength(4);
  });

  it('come in pages that skip nothing and repeat nothing, also over months without any', async () => {
    const patient = await monitor(api, teamId);
    const second = await addDevice(api, patient.patientId, 'cgm');
    api.services.storage.profiles.invalidate(patient.patientKey);
    const starts = [NOW - 400 * DAY_MS, NOW - 90 * DAY_MS, NOW - DAY_MS];
    await store(
      api,
      starts.flatMap((start) =>
        Array.from({ length: 40 }, (_, n) => start + n * MINUTE_MS).flatMap((at) => [
          glucose(patient.deviceKey, at, 7),
          glucose(second.deviceKey, at, 8),
        ]),
      ),
    );
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await readingsOf(patient, `?from=2016-01-01T00:00:00Z&limit=33${cursor}`);
      seen.push(...page.items.map(({ readingId }) => readingId));
      cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toHaveLength(240);
    expect(new Set(seen).size).toBe(240);
  });

  it('are the fourteen days before now where nobody says which, what was measured a moment ahead included', async () => {
    const patient = await monitor(api, teamId);
    await store(api, [
      glucose(patient.deviceKey, NOW - 15 * DAY_MS, 5),
      glucose(patient.deviceKey, NOW - 13 * DAY_MS, 6),
      glucose(patient.deviceKey, NOW + MINUTE_MS, 7),
    ]);
    expect((await readingsOf(patient)).items.map(({ value }) => value)).toEqual([6, 7]);
  });

  it('leave one row in the audit for who opened them, however often', async () => {
    const patient = await monitor(api, teamId);
    await readingsOf(patient);
    await readingsOf(patient);
    const { rows } = await api.database.pool.query(
      `select count from audit_log where action = 'open' and kind = 'readings' and patient_key = $1`,
      [patient.patientKey],
    );
    expect(rows).toEqual([{ count: 1 }]);
  });

  it.each([
    ['?kind=ecg', 'kind', 'one of cgm, smbg, bp'],
    ['?from=yesterday', 'from', 'offset'],
    ['?from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00Z', 'from', 'earlier than to'],
    ['?limit=1001', 'limit', '<= 1000'],
    ['?cursor=abc', 'cursor', 'no cursor of this list'],
  ])('%s is refused, naming %s', async (query, field, words) => {
    const patient = await monitor(api, teamId);
    const { status, body } = await api.admin.get<{ errors: object[] }>(
      `/patients/${patient.patientId}/readings${query}`,
    );
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field, detail: expect.stringContaining(words) }]);
  });
});

describe('a reading that was none', () => {
  const voidPath = ({ readingId }: ReadingOnTheApi) => `/readings/${readingId}/void`;

  it('is taken back with a reason, counts no more, and its day is computed again', async () => {
    const patient = await monitor(api, teamId);
    await store(api, [
      glucose(patient.deviceKey, NOW - MINUTE_MS, 2.1),
      glucose(patient.deviceKey, NOW - 6 * MINUTE_MS, 6),
    ]);
    await api.database.pool.query('delete from dirty_days where patient_key = $1', [patient.patientKey]);
    const [, wrong] = (await readingsOf(patient)).items;
    const answer = await api.admin.post(voidPath(wrong!), { reason: 'the child of the house' });
    expect(answer).toMatchObject({ status: 200, body: { readingId: wrong?.readingId, voidedAt: iso(NOW) } });
    expect((await readingsOf(patient)).items.map(({ value }) => value)).toEqual([6]);
    const metrics = await api.admin.get(`/patients/${patient.patientId}/glucose-metrics`);
    expect(metrics.body).toMatchObject({ count: 1 });
    const { rows } = await api.database.pool.query('select day, evaluate from dirty_days where patient_key = $1', [
      patient.patientKey,
    ]);
    expect(rows).toEqual([{ day: '2026-11-22', evaluate: true }]);
    expect(await api.admin.post(voidPath(wrong!), { reason: 'again' })).toMatchObject({ status: 200 });
  });

  it('stands in the audit with who it was, whose, and why, where nobody can read the why in passing', async () => {
    const patient = await monitor(api, teamId);
    await store(api, [glucose(patient.deviceKey, NOW - MINUTE_MS, 2.1)]);
    const [reading] = (await readingsOf(patient)).items;
    await api.admin.post(voidPath(reading!), { reason: 'grandson of Mr Wang' });
    // The row is completed once the answer is on its way.
    const { audit_id: auditId, detail } = await until('it is written down', 5_000, async () => {
      const { rows } = await api.database.pool.query<{ audit_id: number; detail: Record<string, string> }>(
        `select audit_id, detail from audit_log where action = 'write' and status = 200 and patient_key = $1
         and detail ->> 'route' like '%/void'`,
        [patient.patientKey],
      );
      return rows[0];
    });
    expect(JSON.stringify(detail)).not.toContain('Wang');
    const sealed = { bytes: Buffer.from(detail.reason ?? '', 'base64'), keyId: detail.reasonKeyId ?? '' };
    expect(api.services.vault.open(sealed, `audit/${auditId}/reason`)).toBe('grandson of Mr Wang');
  });

  it('is not there for who is out of scope, and not to be taken back by who may only read', async () => {
    const patient = await monitor(api, teamId);
    await store(api, [glucose(patient.deviceKey, NOW - MINUTE_MS, 2.1)]);
    const [reading] = (await readingsOf(patient)).items;
    const reason = { reason: 'wrong' };
    expect(await nurseElsewhere.post(voidPath(reading!), reason)).toMatchObject({
      status: 404,
      body: { detail: 'There is no such reading.' },
    });
    expect((await villageWorker.post(voidPath(reading!), reason)).status).toBe(403);
    expect((await api.admin.post(voidPath(reading!))).status).toBe(400);
    expect((await api.admin.post('/readings/nonsense/void', reason)).status).toBe(404);
    expect((await readingsOf(patient)).items).toHaveLength(1);
  });
});

describe('home blood pressure', () => {
  it('drops the first day and says what the others come to', async () => {
    const patient = await monitor(api, teamId, 'bp_monitor');
    const readings = [3, 2, 1].flatMap((days) =>
      [7, 7.02, 19, 19.02].map((hour) => {
        const midnight = Date.UTC(2026, 10, 21, 16) - days * DAY_MS;
        return pressure(patient.deviceKey, midnight + hour * 60 * MINUTE_MS, 130 + hour + days * 10, 80 + days);
      }),
    );
    await store(api, readings);
    const { body } = await api.admin.get(`/patients/${patient.patientId}/blood-pressure?days=7`);
    expect(body).toMatchObject({ readingCount: 12, daysWithData: 3, droppedDay: '2026-11-19', sufficient: true });
    expect(body).toMatchObject({ from: '2026-11-15T16:00:00.000Z', to: iso(NOW), timeZone: 'Asia/Shanghai' });
    expect(body).toMatchObject({
      mean: { systolicMmHg: 158, diastolicMmHg: 82, readingCount: 8 },
      morning: { systolicMmHg: 152, readingCount: 4 },
      evening: { systolicMmHg: 164 },
      elevated: true,
      pulsePressureMmHg: 76,
      widePulsePressure: true,
    });
  });

  it('lists the sittings it is made of, and the lines in the office for this age and condition', async () => {
    const patient = await monitor(api, teamId, 'bp_monitor', { birthDate: '1950-01-01' });
    const [first, second] = [NOW - 5 * 60 * MINUTE_MS, NOW - 60 * MINUTE_MS];
    await store(api, [
      pressure(patient.deviceKey, first, 150, 90),
      pressure(patient.deviceKey, first + MINUTE_MS, 139, 84),
      pressure(patient.deviceKey, second, 140, 80),
    ]);
    const { body } = await api.admin.get(`/patients/${patient.patientId}/blood-pressure`);
    expect(body).toMatchObject({
      sessions: [
        {
          startAt: iso(first),
          endAt: iso(first + MINUTE_MS),
          deviceId: patient.deviceId,
          systolicMmHg: 145,
          diastolicMmHg: 87,
          pulsePressureMmHg: 58,
          readingCount: 2,
          single: false,
          unstable: true,
        },
        { startAt: iso(second), systolicMmHg: 140, meanArterialPressureMmHg: 100, single: true },
      ],
      officeTargets: {
        ageYears: 76,
        publicHealth: { systolicMmHg: 150, diastolicMmHg: 90 },
        guidelines: [{ guideline: 'diabetes' }, { guideline: 'primary_care_2025' }, { guideline: 'older_adults' }],
      },
    });
  });

  it('has no mean below the protocol’s minimum', async () => {
    const patient = await monitor(api, teamId, 'bp_monitor');
    await store(api, [pressure(patient.deviceKey, NOW - MINUTE_MS, 182, 101)]);
    const { body } = await api.admin.get(`/patients/${patient.patientId}/blood-pressure`);
    expect(body).toMatchObject({ readingCount: 1, sessionCount: 1, sufficient: false });
    for (const name of ['mean', 'morning', 'evening', 'elevated']) expect(body).not.toHaveProperty(name);
  });
});

describe('rejections', () => {
  let seq = 0;
  async function reject(
    deviceKey: number,
    deviceId: string | undefined,
    detail = 'value 650 is not plausible',
    topicDeviceId = deviceId,
  ) {
    const payload = Buffer.from(JSON.stringify({ kind: 'smbg', at: NOW, value: 650, unit: 'mg/dL' }));
    const rejectionId = crypto.randomUUID();
    const rejection = {
      rejectionId,
      deviceKey,
      deviceId,
      receivedAt: NOW + ++seq,
      topic: `v1/devices/${topicDeviceId ?? 'stranger'}/readings`,
      code: 'implausible_value' as const,
      detail,
      itemIndex: 0,
      payload,
      payloadBytes: payload.length,
      origin: { partition: 0, seq, index: 0 },
    };
    await writeRejections(api.database.pool, [rejection]);
    return rejectionId;
  }
  const listed = async (caller: ApiCaller, query = '') =>
    (await caller.get<PageOf<Record<string, unknown>>>(`/rejections${query}`)).body;

  it('are listed newest first, by device, in pages, with what came', async () => {
    const { deviceId, deviceKey } = await monitor(api, teamId, 'glucometer');
    const first = await reject(deviceKey, deviceId, 'first');
    const second = await reject(deviceKey, deviceId, 'second');
    const page = await listed(api.admin, `?deviceId=${deviceId}&limit=1`);
    expect(page.items).toMatchObject([
      { rejectionId: second, deviceId, code: 'implausible_value', detail: 'second', index: 0 },
    ]);
    expect(JSON.parse(String(page.items[0]?.payload))).toMatchObject({ value: 650 });
    expect(page.items[0]).not.toHaveProperty('replayedAt');
    const rest = await listed(api.admin, `?deviceId=${deviceId}&cursor=${page.nextCursor}`);
    expect(rest.items.map(({ rejectionId }) => rejectionId)).toEqual([first]);
  });

  it('of a device are seen by its team alone, of unknown devices by who may see everything', async () => {
    const { deviceId, deviceKey } = await monitor(api, teamId, 'glucometer');
    const own = await reject(deviceKey, deviceId);
    const strange = await reject(0, undefined);
    const idsOf = async (caller: ApiCaller) => (await listed(caller)).items.map(({ rejectionId }) => rejectionId);
    expect(await idsOf(villageWorker)).toContain(own);
    expect(await idsOf(villageWorker)).not.toContain(strange);
    expect(await idsOf(nurseElsewhere)).toEqual([]);
    expect(await idsOf(api.admin)).toEqual(expect.arrayContaining([own, strange]));
    expect((await nurseElsewhere.get(`/rejections?deviceId=${deviceId}`)).status).toBe(404);
  });

  it('of a former wearer are not shown to the next wearer’s team, nor taken into the next one’s record', async () => {
    const { deviceId, deviceKey } = await monitor(api, teamId, 'glucometer');
    const former = await reject(deviceKey, deviceId, 'of the former wearer');
    await api.database.pool.query('update rejections set received_at = $2 where rejection_id = $1', [former, NOW - 1]);
    const nextTeam = await createTeam(api.admin, 'Next');
    const nextGp = await api.createCaller('gp.next', [{ role: 'gp', teamId: nextTeam }]);
    const next = await createPatient(api.admin, nextTeam);
    expect((await api.admin.post(`/devices/${deviceId}/bindings`, { patientId: next })).status).toBe(201);
    const own = await reject(deviceKey, deviceId, 'of the next wearer');
    const seen = (await listed(nextGp)).items.map(({ rejectionId }) => rejectionId);
    expect(seen).toEqual([own]);
    expect((await nextGp.post(`/rejections/${former}/replay`)).status).toBe(404);
    const kept = (await listed(villageWorker, `?deviceId=${deviceId}`)).items.map(({ rejectionId }) => rejectionId);
    expect(kept).toEqual([own, former]);
  });

  it('come again through the journal when somebody who may treat says so', async () => {
    const { deviceId, deviceKey } = await monitor(api, teamId, 'glucometer');
    const rejectionId = await reject(deviceKey, deviceId);
    const path = `/rejections/${rejectionId}/replay`;
    expect((await nurseElsewhere.post(path)).status).toBe(404);
    expect((await villageWorker.post(path)).status).toBe(403);
    const { body } = await api.admin.post(path);
    expect(body).toMatchObject({ rejectionId, replayedAt: iso(NOW) });
    const heads = await api.services.storage.journal.heads();
    expect(heads.heads.some((head) => head.seq > 0)).toBe(true);
  });

  it('that a gateway sent for a device are written only by who may treat that device, and while it is bound to the gateway', async () => {
    const gp = await api.createCaller('gp.with.gateway', [{ role: 'gp', teamId }]);
    const gatewayId = await createDevice(gp, { kind: 'gateway' });
    const gatewayKey = (await api.services.storage.devices.load([gatewayId])).get(gatewayId)!.deviceKey;
    const elsewhere = await monitor(api, await createTeam(api.admin, 'Beyond'), 'glucometer');
    const own = await monitor(api, teamId, 'glucometer');
    const seqs = async () => JSON.stringify((await api.services.storage.journal.heads()).heads);
    const before = await seqs();
    const foreign = await reject(gatewayKey, gatewayId, 'not bound', elsewhere.deviceId);
    expect((await gp.post(`/rejections/${foreign}/replay`)).status).toBe(404);
    const unbound = await reject(gatewayKey, gatewayId, 'not bound', own.deviceId);
    const refused = await gp.post(`/rejections/${unbound}/replay`);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('bind the device')]);
    expect(await seqs()).toBe(before);
    expect((await gp.patch(`/devices/${own.deviceId}`, { gatewayId })).status).toBe(200);
    expect((await gp.post(`/rejections/${unbound}/replay`)).status).toBe(200);
    expect(await seqs()).not.toBe(before);
  });

  it('of which too little was kept can’t come again, and the answer says so', async () => {
    const rejectionId = await reject(0, undefined);
    const { status, body } = await api.admin.post(`/rejections/${rejectionId}/replay`);
    expect(status).toBe(409);
    expect(body.detail).toContain('has to send it again');
    expect((await api.admin.post(`/rejections/${crypto.randomUUID()}/replay`)).status).toBe(404);
  });
});
