// Who sees whom, and what of it is written down.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ApiCaller,
  createDevice,
  createPatient,
  createTeam,
  createTestApi,
  idOf,
  type TestApi,
} from '../dashboards/test-api.ts';

let api: TestApi;
let districtId: string;
let hospitalId: string;
let teamA: string;
let teamB: string;
let patientA: string;
let patientB: string;
let nurseA: ApiCaller;

beforeAll(async () => {
  api = await createTestApi();
  const { admin } = api;
  districtId = await idOf(admin.post('/organisations', { name: 'District', kind: 'district' }), 'organisationId');
  const centre = { name: 'Centre', kind: 'centre', parentId: districtId };
  const centreId = await idOf(admin.post('/organisations', centre), 'organisationId');
  hospitalId = await idOf(admin.post('/organisations', { name: 'Hospital', kind: 'hospital' }), 'organisationId');
  teamA = await createTeam(admin, 'A', { organisationId: centreId, backingOrganisationId: hospitalId });
  teamB = await createTeam(admin, 'B');
  patientA = await createPatient(admin, teamA, { name: '张三' });
  patientB = await createPatient(admin, teamB, { name: '李四' });
  nurseA = await api.createCaller('nurse.a', [{ role: 'nurse', teamId: teamA }]);
});
afterAll(() => api.close());

const patientsOf = async (caller: ApiCaller, query = '') =>
  (await caller.get<{ items: { patientId: string }[] }>(`/patients${query}`)).body.items.map(
    ({ patientId }) => patientId,
  );

describe('a nurse of team A', () => {
  it('sees the patients of team A and no other, in lists, by search and by id', async () => {
    expect(await patientsOf(nurseA)).toEqual([patientA]);
    expect(await patientsOf(nurseA, '?sort=risk')).toEqual([patientA]);
    expect(await patientsOf(nurseA, `?q=${encodeURIComponent('李四')}`)).toEqual([]);
    expect((await nurseA.get(`/patients/${patientA}`)).status).toBe(200);
    expect((await nurseA.get(`/patients?teamId=${teamB}`)).status).toBe(404);
  });

  it.each([
    ['GET', ''],
    ['GET', '/contacts'],
    ['GET', '/treatments'],
    ['GET', '/plan'],
    ['GET', '/targets'],
    ['GET', '/visits'],
    ['GET', '/symptoms'],
    ['GET', '/responsibility'],
    ['GET', '/glucose-metrics'],
    ['GET', '/agp'],
    ['GET', '/events'],
    ['GET', '/blood-pressure'],
    ['GET', '/verdicts'],
    ['DELETE', ''],
  ] as const)('is told that a patient of team B does not exist: %s %s', async (method, path) => {
    const answer = await (method === 'GET' ? nurseA.get : nurseA.delete)(`/patients/${patientB}${path}`);
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toBe('There is no such patient.');
  });

  it('can’t write about a patient of team B, nor bind a device to them', async () => {
    expect((await nurseA.patch(`/patients/${patientB}`, { sex: 'female' })).status).toBe(404);
    const symptom = { at: Date.now(), code: 'dizziness' };
    expect((await nurseA.post(`/patients/${patientB}/symptoms`, symptom)).status).toBe(404);
    const deviceId = await createDevice(nurseA);
    const refused = await nurseA.post(`/devices/${deviceId}/bindings`, { patientId: patientB });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toMatchObject([{ field: 'patientId' }]);
    expect((await nurseA.put(`/patients/${patientA}/responsibility`, { teamId: teamB })).status).toBe(400);
  });

  it('may care for patients but neither configure the team nor erase anybody', async () => {
    expect((await nurseA.patch(`/patients/${patientA}`, { sex: 'female' })).status).toBe(200);
    const member = { name: 'X', role: 'nurse' };
    expect((await nurseA.post(`/teams/${teamA}/members`, member)).status).toBe(403);
    expect((await nurseA.delete(`/patients/${patientA}`)).status).toBe(403);
    expect((await nurseA.post('/teams', { name: 'mine' })).status).toBe(403);
    expect((await nurseA.post('/users', { username: 'x', password: 'long enough' })).status).toBe(403);
  });

  it('sees the devices of team A’s patients and those she registered, and no other', async () => {
    const worn = await createDevice(api.admin, { patientId: patientA });
    const foreign = await createDevice(api.admin, { patientId: patientB });
    const spare = await createDevice(nurseA);
    const seen = (await nurseA.get<{ items: { deviceId: string }[] }>('/devices')).body.items.map((d) => d.deviceId);
    expect(seen).toEqual(expect.arrayContaining([worn, spare]));
    expect(seen).not.toContain(foreign);
    expect((await nurseA.post(`/devices/${foreign}/rotate-secret`)).status).toBe(404);
    expect((await nurseA.delete(`/devices/${foreign}/credentials`)).status).toBe(404);
  });
});

describe('a grant', () => {
  it('on an organisation covers the teams of all organisations below it', async () => {
    const officer = await api.createCaller('officer', [{ role: 'public_health', organisationId: districtId }]);
    expect(await patientsOf(officer)).toEqual([patientA]);
    expect((await officer.get(`/patients/${patientB}`)).status).toBe(404);
  });

  it('on a hospital that backs the team lets its people read and handle alerts, not change the patient', async () => {
    const specialist = await api.createCaller('specialist', [{ role: 'gp', organisationId: hospitalId }]);
    expect(await patientsOf(specialist)).toEqual([patientA]);
    expect((await specialist.post(`/patients/${patientA}/symptoms`, { at: Date.now(), code: 'fall' })).status).toBe(
      201,
    );
    expect((await specialist.patch(`/patients/${patientA}`, { sex: 'male' })).status).toBe(403);
  });

  it('ends at once when it is taken away', async () => {
    const leaver = await api.createCaller('leaver', [{ role: 'gp', teamId: teamA }]);
    expect(await patientsOf(leaver)).toEqual([patientA]);
    const { body } = await api.admin.get<{ items: { grantId: string }[] }>(`/grants?userId=${leaver.userId}`);
    expect((await api.admin.delete(`/grants/${body.items[0]?.grantId}`)).status).toBe(204);
    expect((await leaver.get('/patients')).status).toBe(403);
  });

  it('can’t be given beyond what the giver has', async () => {
    const lead = await api.createCaller('lead.a', [{ role: 'lead', teamId: teamA }]);
    const to = { userId: nurseA.userId };
    expect((await lead.post('/grants', { ...to, role: 'gp', teamId: teamA })).status).toBe(201);
    expect((await lead.post('/grants', { ...to, role: 'admin', teamId: teamA })).status).toBe(403);
    expect((await lead.post('/grants', { ...to, role: 'gp', teamId: teamB })).status).toBe(403);
    expect((await lead.post('/grants', { ...to, role: 'gp' })).status).toBe(403);
  });

  it('of the last administrator can’t be taken away', async () => {
    const { body } = await api.admin.get<{ items: { grantId: string }[] }>(`/grants?userId=${api.admin.userId}`);
    expect((await api.admin.delete(`/grants/${body.items[0]?.grantId}`)).status).toBe(409);
  });
});

describe('an organisation’s administrator', () => {
  it('sees the users of the organisation and what is below it, and no other', async () => {
    const officer = await api.createCaller('admin.district', [{ role: 'admin', organisationId: districtId }]);
    const { body } = await officer.get<{ items: { username: string }[] }>('/users?limit=1000');
    const names = body.items.map(({ username }) => username);
    expect(names).toEqual(expect.arrayContaining(['nurse.a', 'admin.district']));
    expect(names).not.toContain('root');
    expect(names).not.toContain('specialist');
  });

  it('can’t take a team from where somebody else administers it', async () => {
    const officer = await api.createCaller('admin.and.lead', [
      { role: 'admin', organisationId: districtId },
      { role: 'lead', teamId: teamB },
    ]);
    expect((await officer.patch(`/teams/${teamB}`, { organisationId: districtId })).status).toBe(403);
    expect((await officer.get(`/teams/${teamB}`)).body.organisationId).toBeUndefined();
    const own = await createTeam(officer, 'Own', { organisationId: districtId });
    const { organisationId: centreId } = (await officer.get(`/teams/${teamA}`)).body;
    expect((await officer.patch(`/teams/${own}`, { organisationId: centreId })).status).toBe(200);
  });
});

describe('a member with a username', () => {
  it('may at once do what the role allows, and no longer once removed', async () => {
    const doctor = await api.createCaller('doctor.b', []);
    expect((await doctor.get('/patients')).status).toBe(403);
    const member = { name: 'Doctor', role: 'gp', username: 'Doctor.B' };
    const memberId = await idOf(api.admin.post(`/teams/${teamB}/members`, member), 'memberId');
    expect(await patientsOf(doctor)).toEqual([patientB]);
    expect((await api.admin.delete(`/teams/${teamB}/members/${memberId}`)).status).toBe(204);
    expect((await doctor.get('/patients')).status).toBe(403);
  });
});

describe('a patient handed over to another team', () => {
  it('is visible to the new team and no longer to the old one, with the history kept', async () => {
    const moving = await createPatient(api.admin, teamA);
    expect((await nurseA.get(`/patients/${moving}`)).status).toBe(200);
    const moved = await api.admin.put(`/patients/${moving}/responsibility`, { teamId: teamB });
    expect(moved.body).toMatchObject({ teamId: teamB, history: [{ teamId: teamB }, { teamId: teamA }] });
    expect((await nurseA.get(`/patients/${moving}`)).status).toBe(404);
  });

  it('has one responsible team, however many hand over at once', async () => {
    const moving = await createPatient(api.admin, teamA);
    const teams = await Promise.all([1, 2, 3, 4].map((n) => createTeam(api.admin, `Target ${n}`)));
    const answers = await Promise.all(
      teams.map((teamId) => api.admin.put(`/patients/${moving}/responsibility`, { teamId })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { rows } = await api.database.pool.query(
      'select r.patient_key, r.team_id from responsibilities r join patients using (patient_key) where patient_id = $1 and to_at is null',
      [moving],
    );
    expect(rows).toHaveLength(1);
    const second = api.database.pool.query(
      'insert into responsibilities (patient_key, team_id, from_at) values ($1, $2, now())',
      [rows[0].patient_key, teamB],
    );
    await expect(second).rejects.toMatchObject({ constraint: 'responsibilities_present' });
  });
});

describe('what a patient wears', () => {
  const statusesOf = (caller: ApiCaller, deviceId: string, patientId: string) =>
    Promise.all([
      caller.post(`/devices/${deviceId}/bindings`, { patientId }),
      caller.delete(`/devices/${deviceId}/credentials`),
    ]).then((answers) => answers.map(({ status }) => status));

  it('goes with them to another team: the former team can’t give it to somebody else nor lock it out', async () => {
    const gpA = await api.createCaller('gp.a', [{ role: 'gp', teamId: teamA }]);
    const moving = await createPatient(api.admin, teamA);
    const gatewayId = await createDevice(gpA, { kind: 'gateway' });
    const deviceId = await createDevice(gpA, { patientId: moving, gatewayId });
    await api.admin.put(`/patients/${moving}/responsibility`, { teamId: teamB });
    expect(await statusesOf(gpA, deviceId, patientA)).toEqual([404, 404]);
    expect((await gpA.delete(`/devices/${gatewayId}/credentials`)).status).toBe(404);
    const gpB = await api.createCaller('gp.b', [{ role: 'gp', teamId: teamB }]);
    expect(await statusesOf(gpB, deviceId, patientB)).toEqual([201, 204]);
  });

  it('stays with the keeper while another of the keeper’s patients shares it', async () => {
    const gpA = await api.createCaller('gp.shared', [{ role: 'gp', teamId: teamA }]);
    const moving = await createPatient(api.admin, teamA);
    const deviceId = await createDevice(gpA, { kind: 'bp_monitor' });
    await gpA.post(`/devices/${deviceId}/bindings`, { patientId: moving, slot: 'A' });
    await gpA.post(`/devices/${deviceId}/bindings`, { patientId: patientA, slot: 'B' });
    await api.admin.put(`/patients/${moving}/responsibility`, { teamId: teamB });
    expect((await gpA.get(`/devices/${deviceId}`)).body.teamId).toBe(teamA);
    const taken = await gpA.post(`/devices/${deviceId}/bindings`, { patientId: patientA, slot: 'A' });
    expect(taken.status).toBe(409);
  });

  it('is not taken from them by a keeper who may not treat them, who isn’t told their binding either', async () => {
    const gpA = await api.createCaller('gp.keeper', [{ role: 'gp', teamId: teamA }]);
    const deviceId = await createDevice(gpA, { teamId: teamA });
    await api.admin.post(`/devices/${deviceId}/bindings`, { patientId: patientB });
    const { body } = await api.admin.get<{ items: { bindingId: string }[] }>(`/devices/${deviceId}/bindings`);
    for (const more of [{}, { from: 0 }]) {
      const refused = await gpA.post(`/devices/${deviceId}/bindings`, { patientId: patientA, ...more });
      expect(refused.status).toBe(409);
      expect(JSON.stringify(refused.body)).not.toContain(body.items[0]?.bindingId);
    }
    const after = await api.admin.get(`/devices/${deviceId}/bindings`);
    expect(after.body).toEqual(body);
  });
});

describe('the audit', () => {
  const rows = async (where: string, values: unknown[] = []) =>
    (await api.database.pool.query(`select * from audit_log where ${where}`, values)).rows;

  it('has one row per user, patient, kind and hour for the opening of a patient’s data', async () => {
    const reader = await api.createCaller('reader', [{ role: 'gp', teamId: teamA }]);
    for (let time = 0; time < 3; time++) await reader.get(`/patients/${patientA}`);
    await reader.get(`/patients/${patientA}/visits`);
    const opened = await rows(`action = 'open' and user_id = $1 order by kind`, [reader.userId]);
    expect(opened.map(({ kind }) => kind)).toEqual(['care', 'profile']);
  });

  it('has them too for whoever is shown in a list, found by a search, or by a device', async () => {
    const reader = await api.createCaller('list.reader', [{ role: 'gp', teamId: teamB }]);
    const deviceId = await createDevice(api.admin, { patientId: patientB });
    const { rows: keys } = await api.database.pool.query(
      'select device_key, patient_key from device_bindings join devices using (device_key) where device_id = $1',
      [deviceId],
    );
    const { device_key: deviceKey, patient_key: patientKey } = keys[0];
    await api.database.pool.query(
      `insert into rejections (rejection_id, device_id, device_key, received_at, topic, code, detail, item_index, payload, payload_bytes,
         origin_partition, origin_seq, origin_index)
       values (gen_random_uuid(), $1, $2, $3, 'v1/devices/x/readings', 'implausible_value', 'x', 0, 'x', 1, 0, 1, 0)`,
      [deviceId, deviceKey, Date.now()],
    );
    const opened = async () =>
      (
        await rows(`action = 'open' and user_id = $1 and patient_key = $2 order by kind`, [reader.userId, patientKey])
      ).map(({ kind }) => kind);
    const other = await createPatient(api.admin, teamB, { name: '赵六' });
    await reader.get(`/patients?q=${encodeURIComponent('赵六')}`);
    expect(await opened()).toEqual([]);
    for (const path of ['/patients', '/patients', `/devices?patientId=${patientB}`, `/rejections?deviceId=${deviceId}`])
      expect((await reader.get(path)).status).toBe(200);
    expect(await opened()).toEqual(['devices', 'list', 'rejections']);
    const ofOther = await rows(
      `action = 'open' and user_id = $1 and patient_key = (select patient_key from patients where patient_id = $2)`,
      [reader.userId, other],
    );
    expect(ofOther.map(({ kind }) => kind)).toEqual(['list']);
  });

  it('has a row for every writing request with who, what, whose and how it ended, and no body', async () => {
    const writer = await api.createCaller('writer', [{ role: 'gp', teamId: teamA }]);
    await writer.post(`/patients/${patientA}/symptoms`, { at: Date.now(), code: 'fall', note: 'SECRET' });
    const written = async () => rows(`action = 'write' and user_id = $1`, [writer.userId]);
    await expect.poll(written).toMatchObject([{ status: 201, actor: 'writer', team_id: teamA }]);
    const [row] = await written();
    expect(row.detail).toMatchObject({
      method: 'POST',
      route: '/api/v1/patients/:patientId/symptoms',
      patientId: patientA,
    });
    expect(JSON.stringify(row)).not.toContain('SECRET');
  });

  it('has a row for every refused request, those of strangers counted together', async () => {
    const curious = await api.createCaller('curious', [{ role: 'gp', teamId: teamA }]);
    await curious.get(`/patients/${patientB}`);
    await curious.post('/teams', { name: 'mine' });
    const refused = () => rows(`action = 'refuse' and user_id = $1 order by status`, [curious.userId]);
    await expect.poll(refused).toMatchObject([{ status: 403 }, { status: 404 }]);
    for (let time = 0; time < 3; time++) await api.server.inject('/api/v1/devices');
    const ofStrangers = () => rows(`actor = 'anonymous' and status = 401`);
    await expect.poll(ofStrangers).toMatchObject([{ count: 3, action: 'refuse' }]);
  });

  it('loses nothing to what one request has in its path, and strangers can’t make a row for every id they make up', async () => {
    const addresses = ['198.51.100.1', '198.51.100.2'];
    for (const remoteAddress of addresses)
      for (const id of ['%00', 'a', 'b'])
        await api.server.inject({ method: 'DELETE', url: `/api/v1/devices/${id}/credentials`, remoteAddress });
    const route = '/api/v1/devices/:deviceId/credentials';
    const refused = () => rows(`actor = 'anonymous' and detail->>'route' = $1 order by detail->>'address'`, [route]);
    await expect.poll(refused).toHaveLength(2);
    expect((await refused()).map(({ count, detail }) => [count, detail])).toEqual(
      addresses.map((address) => [3, { method: 'DELETE', route, address }]),
    );
    const known = await api.createCaller('nul', [{ role: 'gp', teamId: teamA }]);
    expect((await known.delete('/devices/%00x/credentials')).status).toBe(400);
    const ofKnown = () => rows(`user_id = $1`, [known.userId]);
    await expect.poll(ofKnown).toMatchObject([{ status: 400, detail: { deviceId: 'x' } }]);
    expect(api.logged).toEqual([]);
  });

  it('keeps the others of a second when one row can’t be written', async () => {
    const { audit } = api.services;
    const add = vi.spyOn(audit, 'add').mockRejectedValueOnce(new Error('refused'));
    await api.server.inject({ url: '/api/v1/teams', remoteAddress: '198.51.100.3' });
    await api.server.inject({ url: '/api/v1/teams', remoteAddress: '198.51.100.4' });
    await expect.poll(() => rows(`detail->>'address' = '198.51.100.4'`)).toMatchObject([{ count: 1 }]);
    add.mockRestore();
  });
});
