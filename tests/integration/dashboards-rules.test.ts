// Thresholds of a team's and of a patient's own over the API: who may set them, what is refused, and what rules come to with them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiCaller, createPatient, createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

interface Rule {
  readonly ruleId: string;
  readonly kinds?: readonly string[];
  readonly restsOn?: readonly string[];
  readonly repeatMinutes?: number;
  readonly thresholds: Readonly<Record<string, { value: number; mmolPerL?: number; origin: string; fixed: boolean }>>;
}
interface Rules {
  readonly items: readonly Rule[];
  readonly nextCursor?: string;
  readonly overrides?: { readonly revision: number; readonly thresholds: object; readonly setBy?: string };
}
interface Refused {
  readonly detail: string;
  readonly errors: readonly { readonly field: string; readonly detail: string }[];
}

const mmol = (value: number) => ({ value, unit: 'mmol/L' });
const LOW_LINE = { 'CGM-02': { below: mmol(4.4), clearAt: mmol(4.4) } };

let api: TestApi;
let lead: ApiCaller;
let gp: ApiCaller;
let nobody: ApiCaller;
let teamId: string;

beforeAll(async () => {
  api = await createTestApi();
  teamId = await createTeam(api.admin, 'North');
  const elsewhere = await createTeam(api.admin, 'South');
  lead = await api.createCaller('lead', [{ role: 'lead', teamId }]);
  gp = await api.createCaller('gp', [{ role: 'gp', teamId }]);
  nobody = await api.createCaller('nobody', [{ role: 'lead', teamId: elsewhere }]);
});
afterAll(() => api.close());

const newPatient = () => createPatient(api.admin, teamId);
const rulesOf = async (query: string, caller = api.admin) => (await caller.get<Rules>(`/rules${query}`)).body;
const ruleOf = async (query: string, ruleId: string) =>
  (await rulesOf(query)).items.find((rule) => rule.ruleId === ruleId)!;
const put = (body: object, caller = api.admin) => caller.put<Refused & { revision: number }>('/rules', body);

describe('the rules', () => {
  it('are listed with their thresholds, by default those of the clinical reference', async () => {
    const { items, overrides } = await rulesOf('');
    expect(overrides).toBeUndefined();
    const low = items.find(({ ruleId }) => ruleId === 'CGM-02')!;
    expect(low).toMatchObject({
      version: expect.any(Number),
      condition: 'glucose',
      direction: 'low',
      kinds: ['cgm'],
      repeatMinutes: 30,
      severity: { usual: 'warning', otherwise: [{ severity: 'critical', when: expect.stringContaining('insulin') }] },
      thresholds: { below: { value: 70, unit: 'mg/dL', mmolPerL: 3.9, origin: 'default', fixed: false } },
    });
    const silent = items.find(({ ruleId }) => ruleId === 'DATA-01');
    expect(silent).toMatchObject({ stages: [{ afterMinutes: 30, severity: 'info', audience: 'patient' }, {}, {}] });
    for (const { kinds, restsOn } of items) expect([kinds, restsOn].filter(Boolean)).toHaveLength(1);
  });

  it('say which lines are public-health emergency lines', async () => {
    expect((await ruleOf('', 'SMBG-03')).thresholds).toMatchObject({
      atOrAbove: { value: 301, mmolPerL: 16.7, fixed: true },
      clearBelow: { fixed: false },
    });
    expect((await ruleOf('', 'BP-01')).thresholds).toMatchObject({ systolic: { value: 180, fixed: true } });
  });

  it('come in pages', async () => {
    const all = (await rulesOf('')).items.map(({ ruleId }) => ruleId);
    const first = await rulesOf('?limit=3');
    const second = await rulesOf(`?limit=1000&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ ruleId }) => ruleId)).toEqual(all);
    expect(second.nextCursor).toBeUndefined();
  });
});

describe('a team’s own thresholds', () => {
  it('hold for its patients, behind the patient’s own, until they are given back', async () => {
    const patientId = await newPatient();
    const thresholds = { 'CGM-05': { minutes: { value: 60, unit: 'min' } }, ...LOW_LINE };
    const set = await put({ teamId, thresholds }, lead);
    expect(set).toMatchObject({ status: 200, body: { teamId, thresholds, setBy: lead.userId } });
    await put({ patientId, thresholds: { 'CGM-05': { minutes: { value: 75, unit: 'min' } } } }, gp);

    const ofTeam = await ruleOf(`?teamId=${teamId}`, 'CGM-05');
    expect(ofTeam.thresholds).toMatchObject({ minutes: { value: 60, origin: 'team' }, above: { origin: 'default' } });
    const ofPatient = `?patientId=${patientId}`;
    expect((await ruleOf(ofPatient, 'CGM-05')).thresholds).toMatchObject({ minutes: { value: 75, origin: 'patient' } });
    expect((await ruleOf(ofPatient, 'CGM-02')).thresholds).toMatchObject({
      below: { value: 79, mmolPerL: 4.4, origin: 'team' },
    });
    expect((await ruleOf('', 'CGM-05')).thresholds).toMatchObject({ minutes: { value: 90, origin: 'default' } });

    const given = await put({ teamId, thresholds: {}, revision: set.body.revision }, lead);
    expect(given.body.revision).toBe(set.body.revision + 1);
    expect((await ruleOf(ofPatient, 'CGM-02')).thresholds).toMatchObject({ below: { value: 70, origin: 'default' } });
    const { rows } = await api.database.pool.query(
      'select revision, thresholds, set_by from team_rules where team_id = $1 order by revision desc limit 2',
      [teamId],
    );
    expect(rows).toMatchObject([{ thresholds: {} }, { thresholds, set_by: lead.userId }]);
  });

  it('are set by who may configure the team, and by nobody else', async () => {
    expect((await put({ teamId, thresholds: {} }, gp)).status).toBe(403);
    const stranger = await put({ teamId, thresholds: {} }, nobody);
    expect([stranger.status, stranger.body.errors[0]?.field]).toEqual([400, 'teamId']);
    expect((await nobody.get(`/rules?teamId=${teamId}`)).status).toBe(404);
    expect((await gp.get(`/rules?teamId=${teamId}`)).status).toBe(200);
  });

  it('that make no sense beside what one of its patients has are refused, naming the patient', async () => {
    const patientId = await newPatient();
    const own = { 'CGM-02': { clearAt: mmol(4.0) } };
    expect((await put({ patientId, thresholds: own })).status).toBe(200);
    const { status, body } = await put({ teamId, thresholds: LOW_LINE });
    expect([status, body.errors[0]?.field]).toEqual([400, 'thresholds/CGM-02/below']);
    expect(body.detail).toContain(patientId);
    await put({ patientId, thresholds: {} });
  });
});

describe('a patient’s own thresholds', () => {
  it('are the same document as their targets', async () => {
    const patientId = await newPatient();
    await put({ patientId, thresholds: LOW_LINE }, gp);
    const targets = await api.admin.get(`/patients/${patientId}/targets`);
    expect(targets.body).toMatchObject({ present: { thresholds: LOW_LINE, revision: 1 } });
    await api.admin.put(`/patients/${patientId}/targets`, { thresholds: {} });
    expect((await rulesOf(`?patientId=${patientId}`)).overrides).toMatchObject({ revision: 2, thresholds: {} });
  });

  it('that were set twice in one instant are both kept, and the later hold', async () => {
    const patientId = await newPatient();
    api.setNow(Date.now());
    for (const minutes of [60, 75])
      await put({ patientId, thresholds: { 'CGM-05': { minutes: { value: minutes, unit: 'min' } } } });
    const { body } = await api.admin.get<{ present: { revision: number }; history: object[] }>(
      `/patients/${patientId}/targets`,
    );
    expect(body).toMatchObject({ present: { revision: 2 }, history: [{ revision: 1 }, { revision: 2 }] });
    expect((await ruleOf(`?patientId=${patientId}`, 'CGM-05')).thresholds).toMatchObject({ minutes: { value: 75 } });
  });

  it('hold until those begin that were set for later', async () => {
    const patientId = await newPatient();
    const later = new Date(Date.now() + 7 * 86_400_000).toISOString();
    await api.admin.put(`/patients/${patientId}/targets`, { thresholds: LOW_LINE, from: later });
    expect((await put({ patientId, thresholds: { 'CGM-05': { minutes: { value: 60, unit: 'min' } } } })).status).toBe(
      200,
    );
    const { body } = await api.admin.get(`/patients/${patientId}/targets`);
    expect(body).toMatchObject({ present: { to: later }, history: [{ to: later }, { from: later }] });
  });

  it('are set by who treats the patient, and leave a trace of who it was', async () => {
    const patientId = await newPatient();
    const reader = await api.createCaller('reader', [{ role: 'village_worker', teamId }]);
    expect((await put({ patientId, thresholds: {} }, reader)).status).toBe(403);
    expect((await put({ patientId, thresholds: {} }, nobody)).status).toBe(400);
    expect((await nobody.get(`/rules?patientId=${patientId}`)).status).toBe(404);
    expect((await reader.get(`/rules?patientId=${patientId}`)).status).toBe(200);
    await put({ patientId, thresholds: LOW_LINE }, gp);
    const read = async () => {
      const { rows } = await api.database.pool.query(
        `select a.action, a.status, a.detail ->> 'revision' as revision, a.kind from audit_log a
         join patients p using (patient_key) where p.patient_id = $1 and a.actor in ('gp', 'reader') order by a.action`,
        [patientId],
      );
      return rows;
    };
    // What became of a request is added once it is answered.
    await expect.poll(read).toEqual([
      { action: 'open', status: null, revision: null, kind: 'care' },
      { action: 'write', status: 200, revision: '1', kind: null },
    ]);
  });
});

describe('thresholds are refused', () => {
  it('by who has not seen the newest', async () => {
    const patientId = await newPatient();
    expect((await put({ patientId, thresholds: LOW_LINE, revision: 0 })).body.revision).toBe(1);
    const stale = await put({ patientId, thresholds: {}, revision: 0 });
    expect([stale.status, stale.body.errors[0]?.field]).toEqual([409, 'revision']);
    const both = await Promise.all([1, 1].map((revision) => put({ patientId, thresholds: LOW_LINE, revision })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it.each<[string, object, string]>([
    ['an unknown rule', { 'CGM-99': { below: mmol(4) } }, 'thresholds/CGM-99'],
    ['an unknown threshold', { 'CGM-02': { beneath: mmol(4) } }, 'thresholds/CGM-02/beneath'],
    ['another unit', { 'CGM-02': { below: { value: 4, unit: 'min' } } }, 'thresholds/CGM-02/below'],
    ['a unit that nothing has', { 'CGM-02': { below: { value: 4, unit: 'mmol' } } }, 'thresholds/CGM-02/below/unit'],
    ['an emergency line', { 'SMBG-03': { atOrAbove: mmol(20) } }, 'thresholds/SMBG-03/atOrAbove'],
    [
      'more than everything',
      { 'ADH-01': { clearFrom: { value: 101, unit: 'percent' } } },
      'thresholds/ADH-01/clearFrom',
    ],
    ['a slip of the unit', { 'CGM-02': { below: { value: 4.4, unit: 'mg/dL' } } }, 'thresholds/CGM-02/below'],
    ['an end below the low line', { 'CGM-02': { below: mmol(4.4) } }, 'thresholds/CGM-02/below'],
    ['an end above the high line', { 'CGM-05': { clearBelow: mmol(14.5) } }, 'thresholds/CGM-05/clearBelow'],
    [
      'a very low line above the low line',
      { 'CGM-01': { below: mmol(4.5), clearAt: mmol(4.5) } },
      'thresholds/CGM-01/below',
    ],
    [
      'an end above the emergency line',
      { 'BP-01': { clearBelowSystolic: { value: 185, unit: 'mmHg' } } },
      'thresholds/BP-01/clearBelowSystolic',
    ],
    [
      'stages in another order',
      { 'DATA-01': { warningAfter: { value: 25, unit: 'h' } } },
      'thresholds/DATA-01/warningAfter',
    ],
  ])('where there is %s, naming the field and the remedy', async (_, thresholds, field) => {
    for (const place of [{ teamId }, { patientId: await newPatient() }]) {
      const { status, body } = await put({ ...place, thresholds });
      expect([status, body.errors?.[0]?.field]).toEqual([400, field]);
      expect(body.errors[0]!.detail.length).toBeGreaterThan(20);
    }
  });

  it('where neither a team nor a patient is named, or both', async () => {
    const patientId = await newPatient();
    for (const place of [{}, { teamId, patientId }]) expect((await put({ ...place, thresholds: {} })).status).toBe(400);
    expect((await api.admin.get(`/rules?teamId=${teamId}&patientId=${patientId}`)).status).toBe(400);
  });
});
