// What a fortnight of fingersticks comes to, on the API.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDevice, DAY_MS, glucose, MINUTE_MS, monitor, store } from '../dashboards/clinical-scene.ts';
import { createTeam, createTestApi, type TestApi } from '../dashboards/test-api.ts';

/** 14:30 on a Sunday in Shanghai. */
const NOW = Date.UTC(2026, 10, 22, 6, 30);
const HOUR_MS = 60 * MINUTE_MS;

let api: TestApi;
let teamId: string;
beforeAll(async () => {
  api = await createTestApi();
  api.setNow(NOW);
  teamId = await createTeam(api.admin, 'Team');
});
afterAll(() => api.close());

test('seven days of three fingersticks have a mean and an eA1c, six have none; targets are told by context', async () => {
  const meter = await monitor(api, teamId, 'glucometer');
  const stick = (daysAgo: number, hour: number, value: number, extra: object = {}) =>
    glucose(meter.deviceKey, NOW - daysAgo * DAY_MS + (hour - 14) * HOUR_MS, value, { kind: 'smbg', ...extra });
  const day = (daysAgo: number) => [
    stick(daysAgo, 7, 6.9, { context: 'fasting' }),
    stick(daysAgo, 9, 10, { context: 'after_meal' }),
    stick(daysAgo, 12, 8, { context: 'random' }),
  ];
  await store(api, [1, 2, 3, 4, 5, 6].flatMap(day));
  const ask = async () => (await api.admin.get(`/patients/${meter.patientId}/smbg-metrics`)).body;
  const six = await ask();
  expect(six).toMatchObject({ count: 18, daysWithData: 6, fullDays: 6, sufficient: false });
  expect(six).not.toHaveProperty('meanMmolPerL');
  expect(six).not.toHaveProperty('timeInRange');

  const control = { flags: ['control_solution' as const] };
  await store(api, [...day(7), stick(7, 13, 20, control), stick(8, 7, 7, { context: 'fasting' })]);
  expect(await ask()).toMatchObject({
    count: 22,
    fullDays: 7,
    sufficient: true,
    meanMmolPerL: expect.closeTo((7 * (6.9 + 10 + 8) + 7) / 22, 9),
    // 7.0 is not satisfactory, and still within the guideline's range; 10.0 after a meal is not below 10.0.
    fasting: { count: 8, satisfactory: 7 },
    target: { count: 15, met: 8 },
    cgmPairs: { count: 0, discordant: 0 },
  });
});

test('fasting values are told by the patient’s own line where there is one', async () => {
  const meter = await monitor(api, teamId, 'glucometer');
  const fasting = [6.9, 7, 7.9, 8].map((value, daysAgo) =>
    glucose(meter.deviceKey, NOW - (daysAgo + 1) * DAY_MS, value, { kind: 'smbg', context: 'fasting' }),
  );
  await store(api, fasting);
  const ask = async () => (await api.admin.get(`/patients/${meter.patientId}/smbg-metrics`)).body;
  expect(await ask()).toMatchObject({ fasting: { count: 4, satisfactory: 1 }, target: { count: 4, met: 2 } });
  const thresholds = { 'SMBG-04': { fastingFrom: { value: 8, unit: 'mmol/L' } } };
  await api.admin.put(`/patients/${meter.patientId}/targets`, { thresholds, from: '2020-01-01T00:00:00Z' });
  expect(await ask()).toMatchObject({ fasting: { count: 4, satisfactory: 3 }, target: { count: 4, met: 3 } });
});

test('fingersticks beside a steady sensor are pairs, with the sensor’s mean difference', async () => {
  const sensor = await monitor(api, teamId);
  const meter = await addDevice(api, sensor.patientId, 'glucometer');
  const from = NOW - 2 * DAY_MS;
  const trace = Array.from({ length: 24 }, (_, n) => glucose(sensor.deviceKey, from + n * 5 * MINUTE_MS, 6));
  const stick = (minutes: number, value: number) =>
    glucose(meter.deviceKey, from + minutes * MINUTE_MS, value, { kind: 'smbg' });
  await store(api, [...trace, stick(60, 6), stick(90, 8), stick(600, 6)]);
  const { body } = await api.admin.get(`/patients/${sensor.patientId}/smbg-metrics?days=7`);
  expect(body).toMatchObject({
    count: 3,
    cgmPairs: { count: 2, discordant: 1, mardPercent: expect.closeTo((0 + 25) / 2, 6) },
  });
});
