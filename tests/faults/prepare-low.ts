// A low that is on its way when something is killed, and the one page that has to come of it.
import { expect } from 'vitest';
import { createDevice } from '../system/clinic.ts';
import { until } from '../system/until.ts';
import { connectStubbornly, publishUntilAcknowledged } from './publish-until-acknowledged.ts';
import { lowFingerstick, payloadOf } from './reading-ledger.ts';
import { type FaultScene, pagesOf } from './snoozed-alert.ts';

/** What it needs of them. */
export interface LowScene extends Pick<FaultScene, 'webhook' | 'ledger'> {
  readonly system: Pick<FaultScene['system'], 'api' | 'mqttPort'>;
}

export interface Low {
  readonly patientId: string;
  publish(): Promise<void>;
  /** Resolves when it is acknowledged, is one open critical alert, and has paged, once. */
  paged(): Promise<void>;
  /** From its publication to its page. */
  pagedAfterMs(): number;
}

/** A device that is connected already. */
export async function prepareLow(scene: LowScene, patientId: string): Promise<Low> {
  const { system, webhook, ledger } = scene;
  const access = await createDevice(system.api, 'glucometer', patientId);
  const client = connectStubbornly(system.mqttPort, access.mqtt, 'low');
  ledger.watch(client);
  await until('it is connected', 20_000, () => client.connected);
  let publishedAt = Number.NaN;
  let pagedAt = Number.NaN;
  let acknowledged: Promise<void> | undefined;

  async function publish(): Promise<void> {
    const low = lowFingerstick();
    publishedAt = Date.now();
    await publishUntilAcknowledged(client, access.deviceId, payloadOf([low]));
    ledger.acknowledge(access, [low]);
    await client.endAsync(true);
  }

  return {
    patientId,
    publish: () => (acknowledged ??= publish()),
    async paged() {
      await until('the low is on its way', 5_000, () => acknowledged !== undefined);
      await acknowledged;
      const alert = await until('the low is an alert', 60_000, async () => {
        const { items } = await system.api.get<{ items: { alertId: string; state: string; severity: string }[] }>(
          `/alerts?patientId=${patientId}`,
        );
        expect(items.length).toBeLessThanOrEqual(1);
        return items[0];
      });
      expect(alert).toMatchObject({ state: 'open', severity: 'critical' });
      await until('the webhook has it', 60_000, () => pagesOf(webhook, alert.alertId).length > 0);
      const pages = pagesOf(webhook, alert.alertId);
      expect(pages.map(({ body }) => body.kind)).toEqual(['opened']);
      pagedAt = pages[0]!.receivedAt;
    },
    pagedAfterMs: () => pagedAt - publishedAt,
  };
}
