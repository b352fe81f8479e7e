// Who a patient is: sealed at rest, found all the same, and gone when erased.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { erasePatient } from '../../storage/registry/erase-patient.ts';
import { createErasureKeeper } from '../../storage/registry/erasure-keeper.ts';
import { createDevice, createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

let api: TestApi;
let teamId: string;

beforeAll(async () => {
  api = await createTestApi({ PULSEWARD_WEBHOOK_ALLOW: '127.0.0.1' });
  teamId = await createTeam(api.admin, 'Team');
});
afterAll(() => api.close());

const found = async (query: string) =>
  (await api.admin.get<{ items: { patientId: string }[] }>(`/patients?q=${encodeURIComponent(query)}`)).body.items.map(
    ({ patientId }) => patientId,
  );

describe('what says who a patient is', () => {
  it('stands in no table as text, whatever route brought it', async () => {
    const secrets = [
      '欧阳若兰',
      'ouyangruolan',
      '13912345678',
      '幸福路88号',
      '110101195001010011',
      '欧阳大哥',
      'note-of-a-kind',
    ];
    const patientId = await createPatient(api.admin, teamId, {
      name: '欧阳若兰',
      phone: '139 1234 5678',
      address: '幸福路88号',
      identifiers: [{ system: 'national_id', value: '110101195001010011' }],
    });
    await api.admin.put(`/patients/${patientId}/contacts`, {
      contacts: [
        {
          relation: 'carer',
          name: '欧阳大哥',
          channel: 'webhook',
          address: 'http://127.0.0.1/carer-of-a-kind',
          consent: true,
        },
      ],
    });
    await api.admin.post(`/patients/${patientId}/symptoms`, { at: Date.now(), code: 'fall', note: 'note-of-a-kind' });
    await api.admin.post(`/teams/${teamId}/members`, {
      name: 'Member',
      role: 'gp',
      contacts: [{ channel: 'webhook', address: 'http://127.0.0.1/member-of-a-kind', secret: 'a-secret-of-a-kind' }],
    });
    await api.admin.get(`/patients?q=${encodeURIComponent('欧阳若兰')}`);

    const { pool } = api.database;
    const { rows: tables } = await pool.query(
      `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    expect(tables.length).toBeGreaterThan(30);
    for (const { table_name: table } of tables) {
      const { rows } = await pool.query(`select row_to_json(t)::text as text, t::text as raw from "${table}" t`);
      const text = rows.map((row) => `${row.text} ${row.raw}`).join('\n');
      const bytes = (secret: string) => Buffer.from(secret).toString('hex');
      for (const secret of [...secrets, 'carer-of-a-kind', 'member-of-a-kind', 'a-secret-of-a-kind']) {
        expect(text.includes(secret) || text.includes(bytes(secret)), `${secret} in ${table}`).toBe(false);
      }
    }
    expect((await api.admin.get(`/patients/${patientId}`)).body).toMatchObject({
      name: '欧阳若兰',
      phone: '139 1234 5678',
      address: '幸福路88号',
      identifiers: [{ system: 'national_id', value: '110101195001010011' }],
    });
  });

  it('opens only where it was sealed: a row that is moved to another patient is refused', async () => {
    const { vault } = api.services;
    const sealed = vault.seal('张三', 'patient/1/name');
    expect(vault.open(sealed, 'patient/1/name')).toBe('张三');
    expect(() => vault.open(sealed, 'patient/2/name')).toThrow();
    expect(() => vault.open({ ...sealed, keyId: 'aes-256-gcm:0' }, 'patient/1/name')).toThrow(/not in the key file/);
  });
});

describe('a patient is found', () => {
  it.each([
    ['the whole name', '诸葛孔明'],
    ['part of the name', '孔明'],
    ['pinyin', 'zhugekongming'],
    ['the beginning of the pinyin', 'zhugek'],
    ['the pinyin of the given name', 'kongm'],
    ['initials', 'zgkm'],
    ['several words', 'Kong ZHUGE'],
    ['the phone in another form', '+86 13700001111'],
    ['an identifier', 'hc-77 12'],
  ])('by %s', async (_, query) => {
    const identifiers = [{ system: 'health_card', value: `HC-7712` }];
    const known = await found('诸葛孔明');
    const [patientId] =
      known.length > 0
        ? known
        : [await createPatient(api.admin, teamId, { name: '诸葛孔明', phone: '137-0000-1111', identifiers })];
    expect(await found(query)).toEqual([patientId]);
  });

  it('by either reading of a surname that has two', async () => {
    const patientId = await createPatient(api.admin, teamId, { name: '单雄信' });
    expect(await found('shanxiong')).toEqual([patientId]);
    expect(await found('danxiong')).toEqual([patientId]);
  });

  it.each(['zzz', 'gekong zzz', '孔明诸葛', '1370000', '!!!'])('not by %s', async (query) => {
    expect(await found(query)).toEqual([]);
  });
});

describe('an identifier', () => {
  it('belongs to one patient: a second one with it is refused and named as a conflict', async () => {
    const identifiers = [{ system: 'national_id', value: '11010119500101002x' }];
    await createPatient(api.admin, teamId, { identifiers });
    const again = { name: 'Other', birthDate: '1950-01-01', sex: 'female', conditions: [], teamId };
    const twice = await api.admin.post('/patients', {
      ...again,
      identifiers: [{ system: 'national_id', value: '11010119500101002X' }],
    });
    expect(twice.status).toBe(409);
    expect(twice.body.errors).toMatchObject([{ field: 'identifiers' }]);
    expect(await found('Other')).toEqual([]);
    const elsewhere = await api.admin.post('/patients', {
      ...again,
      identifiers: [{ system: 'clinic_number', value: '11010119500101002X' }],
    });
    expect(elsewhere.status).toBe(201);
  });

  it('that one body gives twice is that body’s fault, however it is written', async () => {
    const identifiers = ['HC-12', 'hc-1 2'].map((value) => ({ system: 'health_card', value }));
    const body = { name: 'Twice', birthDate: '1950-01-01', sex: 'female', conditions: [], teamId, identifiers };
    const refused = await api.admin.post('/patients', body);
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ field: 'identifiers/1' }]]);
    expect(await found('Twice')).toEqual([]);
  });
});

describe('an erased patient', () => {
  it('is gone with identity and readings, while the devices stay and the audit says who did it', async () => {
    const patientId = await createPatient(api.admin, teamId, { name: '将被删除' });
    const deviceId = await createDevice(api.admin, { patientId });
    const { pool } = api.database;
    const { rows } = await pool.query('select device_key from devices where device_id = $1', [deviceId]);
    const measuredAt = Date.now() - 60_000;
    const reading = {
      ...{ deviceKey: rows[0].device_key, kind: 'cgm' as const, at: measuredAt, measuredAt, receivedAt: measuredAt },
      ...{ flags: [], value: 100, unit: 'mg/dL' as const },
    };
    await api.services.storage.timeSeries.write(
      [{ reading, origin: { partition: 0, seq: 1, index: 0 }, revision: 0 }],
      [],
    );

    await insertOpenAlert(patientId);

    expect((await api.admin.delete(`/patients/${patientId}`)).status).toBe(204);
    expect((await api.admin.get(`/patients/${patientId}`)).status).toBe(404);
    expect(await found('将被删除')).toEqual([]);
    const left = async (query: string) => (await pool.query(query, [patientId])).rows.length;
    const of = 'join patients using (patient_key) where patient_id = $1';
    expect(await left(`select from patient_identities ${of}`)).toBe(0);
    expect(await left(`select from device_bindings ${of}`)).toBe(0);
    expect((await pool.query('select from readings where device_key = $1', [reading.deviceKey])).rows).toEqual([]);
    expect((await api.admin.get(`/devices/${deviceId}`)).body.patientId).toBeUndefined();
    const { rows: alerts } = await pool.query(
      `select a.state, a.due_at, t.note_encrypted, n.status from alerts a join patients using (patient_key)
       join notifications n using (alert_id) join alert_timeline t using (alert_id) where patient_id = $1`,
      [patientId],
    );
    const closed = { state: 'expired', due_at: null, note_encrypted: null, status: 'skipped' };
    expect(alerts).toEqual([closed, closed]);
    const audited = await pool.query(
      `select actor, status from audit_log where detail->>'method' = 'DELETE' and detail->>'patientId' = $1`,
      [patientId],
    );
    expect(audited.rows).toMatchObject([{ actor: 'root' }]);
  });

  it('takes along what was rejected in their slot of a shared monitor, and leaves what names another', async () => {
    const [leaving, staying] = [await createPatient(api.admin, teamId), await createPatient(api.admin, teamId)];
    const deviceId = await createDevice(api.admin, { kind: 'bp_monitor' });
    await api.admin.post(`/devices/${deviceId}/bindings`, { patientId: leaving, slot: 'A' });
    await api.admin.post(`/devices/${deviceId}/bindings`, { patientId: staying, slot: 'B' });
    const { pool } = api.database;
    const payloads = [
      '{"slot": "A"}',
      '{"slot":"\\u0041"}',
      '{"slot":"B"}',
      '{"kind":"bp"}',
      '[{"slot":"B"},{"slot":"A"}]',
      '\xff',
    ];
    for (const [index, payload] of payloads.entries())
      await pool.query(
        `insert into rejections (rejection_id, device_key, received_at, topic, code, detail, item_index, payload, payload_bytes,
           origin_partition, origin_seq, origin_index)
         select gen_random_uuid(), device_key, $2, 't', 'malformed_json', 'x', 0, $3, 1, 7, 7, $4 from devices where device_id = $1`,
        [deviceId, Date.now() - 1_000, Buffer.from(payload, 'latin1'), index],
      );
    expect((await api.admin.delete(`/patients/${leaving}`)).status).toBe(204);
    const { rows } = await pool.query('select payload from rejections where origin_seq = 7');
    expect(rows.map(({ payload }) => String(payload))).toEqual(['{"slot":"B"}']);
  });

  it('whose erasing was cut short is finished when the engine with the readings is back, without another start', async () => {
    const patientId = await createPatient(api.admin, teamId);
    await createDevice(api.admin, { patientId });
    const { services, database } = api;
    let refused = 0;
    const away = {
      erase: () => Promise.reject(new TemporaryFailure('readings_unavailable', `the engine is away, ${++refused}`)),
    };
    const { rows } = await database.pool.query('select patient_key from patients where patient_id = $1', [patientId]);
    const patientKey = rows[0].patient_key;
    await expect(erasePatient({ db: services.db, timeSeries: away }, patientKey, Date.now())).rejects.toThrow('away');
    expect((await api.admin.get(`/patients/${patientId}`)).status).toBe(404);
    const tied = async () =>
      (await database.pool.query('select from device_bindings where patient_key = $1', [patientKey])).rows.length;
    expect(await tied()).toBe(1);
    const timeSeries = { ...away };
    const keeper = createErasureKeeper({ db: services.db, timeSeries, log: services.log, everyMs: 20 });
    keeper.start();
    try {
      await expect.poll(() => refused).toBeGreaterThan(2);
      expect(await tied()).toBe(1);
      Object.assign(timeSeries, services.storage.timeSeries);
      await expect.poll(tied).toBe(0);
    } finally {
      await keeper.stop();
    }
  });

  async function insertOpenAlert(patientId: string): Promise<void> {
    const alertId = randomUUID();
    const { pool } = api.database;
    await pool.query(
      `insert into alerts (alert_id, patient_key, team_id, condition, direction, severity, peak_severity, state, signal, opened_at,
         fired_at, due_at)
       select $1, patient_key, $2, 'glucose', 'low', 'critical', 'critical', 'acknowledged', 'firing', 1, 1, 2
       from patients where patient_id = $3`,
      [alertId, teamId, patientId],
    );
    await pool.query(
      `insert into alert_timeline (alert_id, at, event, reason, actor_kind, note_encrypted, note_key_id)
       values ($1, 1, 'acknowledged', 'taken_over', 'system', 'x', 'y')`,
      [alertId],
    );
    await pool.query(
      `insert into notifications (notification_id, alert_id, occurrence, channel, kind, severity, reason, sent_key, status, created_at)
       values ($1, $2, 1, 'webhook', 'opened', 'critical', 'opened', 'k', 'pending', 1)`,
      [randomUUID(), alertId],
    );
  }
});
