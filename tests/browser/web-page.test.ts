// What a doctor sees and does, in a real browser against the real system, in both deployments.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireEngine } from '../production-engine.ts';
import { createClinic, createDevice, createPatient } from '../system/clinic.ts';
import { DEPLOYMENTS, EMBEDDED, type Engines } from '../system/deployment.ts';
import { connectDevice } from '../system/mqtt-device.ts';
import { ADMIN_PASSWORD, type RunningSystem, startSystem } from '../system/running-system.ts';
import { until } from '../system/until.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import { isRequired, takePicture } from './open-page.ts';

const MINUTE_MS = 60_000;

describe.each(DEPLOYMENTS)('in the $name deployment', (deployment) => {
  let engines: Engines;
  let system: RunningSystem;
  let browser: TestBrowser;
  let page: Page;
  let teamId: string;
  const problems: string[] = [];

  requireEngine(deployment.missing);
  beforeAll(async () => {
    if (!isRequired || deployment.missing) return;
    engines = await deployment.start();
    system = await startSystem({ env: engines.env });
    ({ teamId } = await createClinic(system.api));
    browser = await openBrowser();
    page = await browser.context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
    });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await system?.destroy();
    await engines?.destroy();
  });

  const picture = (name: string) => takePicture(page, name);

  test.runIf(isRequired)('a wrong password is told in words, the right one opens the inbox', async () => {
    await page.goto(system.httpUrl);
    await page.fill('input[name=username]', 'admin');
    await page.fill('input[name=password]', 'wrong');
    await page.click('form button');
    await page.waitForSelector('.problem');
    await picture('sign-in');
    await page.fill('input[name=password]', ADMIN_PASSWORD);
    await page.click('form button');
    await page.waitForSelector('.empty');
    await page.waitForSelector('.connection.live');
  });

  test.runIf(isRequired)(
    'an alert appears in the open inbox without a reload, is taken over and resolved with an outcome',
    async () => {
      const patientId = await createPatient(system.api, teamId, { name: '测试甲' });
      const access = await createDevice(system.api, 'cgm', patientId);
      const device = await connectDevice(system.mqttPort, access);
      const now = Date.now();
      await device.publish({ kind: 'cgm', at: now - 5 * MINUTE_MS, value: 2.8, unit: 'mmol/L' });
      await device.publish({ kind: 'cgm', at: now, value: 2.6, unit: 'mmol/L' });
      await device.close();

      await page.waitForSelector('.alert.critical');
      expect(await page.textContent('.alert .who')).toContain('测试甲');
      expect(await page.textContent('.alert .why')).toContain('连续 2 次低于 3.0 mmol/L');
      await picture('inbox');
      await page.click('.alert [data-action=acknowledge]');
      await expect.poll(() => page.textContent('.alert .state')).toContain('由您处理');
      await page.click('.alert .what');
      await page.waitForSelector('.evidence li:nth-child(2)');
      expect(await page.textContent('.evidence')).toMatch(/2\.8 mmol\/L[\s\S]*2\.6 mmol\/L/);
      await picture('alert');
      await page.click('[data-action=resolve]');
      await page.click('dialog [data-outcome=called]');
      await page.fill('dialog textarea', '已电话联系，进食后复测');
      await page.click('dialog [data-action=close-alert]');
      await expect.poll(() => page.textContent('.timeline')).toContain('进食后复测');
      await page.click('nav a[href="#/alerts"]');
      await page.waitForSelector('.empty');
    },
  );

  test.runIf(isRequired)(
    "a patient's page shows the trace over its bands, the time-in-range bar and the blood pressures",
    async () => {
      const patientId = await createPatient(system.api, teamId, {
        name: '测试乙',
        conditions: ['type_2_diabetes', 'hypertension'],
      });
      const cgm = await connectDevice(system.mqttPort, await createDevice(system.api, 'cgm', patientId));
      const start = Date.now() - 3 * 24 * 60 * MINUTE_MS;
      const readings = Array.from({ length: 3 * 288 }, (_, index) => ({
        kind: 'cgm',
        at: start + index * 5 * MINUTE_MS,
        value: Number((7.5 + 4.5 * Math.sin(index / 30)).toFixed(1)),
        unit: 'mmol/L',
      }));
      await cgm.publish(readings);
      await cgm.close();
      const monitor = await connectDevice(system.mqttPort, await createDevice(system.api, 'bp_monitor', patientId));
      await monitor.publish({
        kind: 'bp',
        at: Date.now() - 3 * 60 * MINUTE_MS,
        systolic: 138,
        diastolic: 86,
        pulse: 72,
        unit: 'mmHg',
      });
      await monitor.close();
      const emergency = { at: Date.now() - 60 * MINUTE_MS, kind: 'clinic', details: { emergency: true } };
      await system.api.post(`/patients/${patientId}/visits`, emergency);

      await page.goto(`${system.httpUrl}/#/patients/${patientId}`);
      await page.reload();
      await page.waitForSelector('.glucose-chart canvas');
      await page.waitForSelector('.time-in-range .band.inRange');
      await expect.poll(() => page.textContent('.bp')).toContain('138/86');
      expect(await page.textContent('.follow-up')).toMatch(/下次随访 \d{4}-\d\d-\d\d · 立即转诊.* · 随访时有紧急情况/);
      // The newest value of all stands first, with its band in words.
      await expect.poll(() => page.textContent('.newest')).toMatch(/\d mmol\/L[\s\S]*(范围内|偏高|偏低|极低|极高)/);
      const shares = await page.$$eval('.legend strong', (elements) =>
        elements.map((element) => Number.parseFloat(element.textContent ?? '')),
      );
      expect(shares).toHaveLength(5);
      expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(0.3);
      // How often it lasted, and what each rule says of it now.
      await expect.poll(() => page.textContent('.events')).toMatch(/低血糖 \d+/);
      await page.click('.verdicts summary');
      await expect.poll(() => page.textContent('.verdicts .quiet')).toMatch(/血压达紧急界值 未触发 · 没有超过界值/);
      await picture('patient');
      // Why nobody was told of the lowest point: it came later.
      const lowest = start + 141 * 5 * MINUTE_MS;
      await page.fill('.verdicts input', new Date(lowest + 8 * 60 * MINUTE_MS).toISOString().slice(0, 16));
      await expect.poll(() => page.textContent('.verdicts')).toMatch(/\d+ 个读数是之后才收到的/);
      expect(await page.textContent('.verdicts')).toMatch(
        /动态血糖低于 3\.9 mmol\/L 达 15 分钟[\s\S]*当时只知道：无法判断/,
      );
      await picture('verdicts');
    },
  );

  // These views show Postgres' tables, in both.
  if (deployment === EMBEDDED) {
    test.runIf(isRequired)(
      'patients by risk, devices and rejections are listed, and a rejection can be replayed',
      async () => {
        const patientId = await createPatient(system.api, teamId, { name: '测试丙' });
        const access = await createDevice(system.api, 'glucometer', patientId);
        const device = await connectDevice(system.mqttPort, access);
        await device.publish({ kind: 'smbg', at: Date.now(), value: 650, unit: 'mg/dL', context: 'random' });
        await device.close();
        // The list of what was refused is not read again by itself.
        await until('it is refused', 30_000, async () => {
          const { items } = await system.api.get<{ items: object[] }>(`/rejections?deviceId=${access.deviceId}`);
          return items.length > 0;
        });

        await page.goto(`${system.httpUrl}/#/patients`);
        await page.waitForSelector('.patients tbody tr:nth-child(3)');
        await picture('patients');
        await page.goto(`${system.httpUrl}/#/devices`);
        await page.waitForSelector(`[data-device-id="${access.deviceId}"]`);
        await picture('devices');
        await page.goto(`${system.httpUrl}/#/rejections`);
        await page.waitForSelector('.rejections [data-action=replay]');
        expect(await page.textContent('.rejections tbody')).toContain('implausible_value');
        await picture('rejections');
        await page.click('.rejections [data-action=replay]');
        await expect.poll(() => page.textContent('.rejections tbody')).toContain('已重放');
      },
    );

    test.runIf(isRequired)(
      'the rules are listed with their lines, a team’s own told apart from the default’s',
      async () => {
        const own = { 'CGM-02': { below: { value: 4.4, unit: 'mmol/L' }, clearAt: { value: 4.4, unit: 'mmol/L' } } };
        await system.api.put('/rules', { teamId, thresholds: own });
        await page.goto(`${system.httpUrl}/#/rules`);
        await page.waitForSelector('.rules tbody tr:nth-child(31)');
        expect(await page.textContent('[data-rule-id=CGM-02]')).toMatch(/低于 4\.4 mmol\/L\s+团队自定/);
        expect(await page.textContent('[data-rule-id=SMBG-03]')).toMatch(/达到 16\.7 mmol\/L\s+不可更改/);
        await picture('rules');
      },
    );
  }

  test.runIf(isRequired)('nothing on the page failed on the way', () => {
    expect(problems).toEqual([]);
  });
});
