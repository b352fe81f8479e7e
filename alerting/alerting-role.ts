// The alerting role: works on nudges, timers and notifications, finds what is due whatever became of them, and audits itself.
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import { passFaultPoint } from '../runtime/fault-point.ts';
import type { Log } from '../runtime/log.ts';
import { createRole, type Role } from '../runtime/role.ts';
import { NOTIFICATIONS_QUEUE, SIGNALS_QUEUE, TIMERS_QUEUE } from '../storage/alerts/job-names.ts';
import type { Storage } from '../storage/open-storage.ts';
import { openVault } from '../storage/registry/vault.ts';
import type { AlertingContext } from './alerting-context.ts';
import { createAlertingCounters } from './alerting-counters.ts';
import { applySignals } from './apply-signals.ts';
import { audit } from './audit.ts';
import { createChannels } from './channels/channel-catalogue.ts';
import { deliverNotification } from './delivery/deliver-notification.ts';
import { DELIVERING } from './pipeline.ts';
import { reconcile } from './reconcile.ts';
import { createRepeatingLoop } from './repeating-loop.ts';
import { reviewAlert } from './review-alert.ts';

const RECONCILE_EVERY_MS = 2_000;
const AUDIT_EVERY_MS = 60_000;
/** At work at once. A delivery holds no connection while it waits for its receiver, so hanging ones must not use up their places. */
const CONCURRENCY = { [SIGNALS_QUEUE]: 4, [TIMERS_QUEUE]: 2, [NOTIFICATIONS_QUEUE]: 64 } as const;

export interface AlertingRoleDeps {
  readonly config: Pick<Config, 'encryptionKeyFile' | 'faultPoint' | 'publicUrl' | 'webhookAllow'>;
  readonly storage: Pick<Storage, 'db' | 'jobQueue' | 'pool'>;
  readonly log: Log;
  readonly counters: Counters;
  /** Epoch ms; the system's clock where absent. */
  readonly now?: (() => number) | undefined;
}

export function createAlertingRole({ config, storage, log, counters, now = Date.now }: AlertingRoleDeps): Role {
  return createRole('alerting', async (teardown) => {
    const { pool, db, jobQueue: queue } = storage;
    const channels = createChannels({ allow: config.webhookAllow, pool, now });
    teardown.onStop('channels', () => Promise.all([...channels.values()].map((channel) => channel.stop?.())));
    const context: AlertingContext = {
      pool,
      queue,
      channels,
      vault: await openVault(db, config.encryptionKeyFile),
      publicUrl: config.publicUrl,
      counters: createAlertingCounters(counters),
      log,
      now,
      random: Math.random,
      afterSend: () => passFaultPoint('after-send', config.faultPoint),
    };

    // The queue first lets go of its workers when storage closes: until then their handlers still have all they need.
    const work = (name: keyof typeof CONCURRENCY, handle: (data: Record<string, unknown>) => Promise<unknown>) =>
      queue.work(name, CONCURRENCY[name], async ({ data }) => void (await handle(data)));
    await work(SIGNALS_QUEUE, ({ patientKey }) => applySignals(Number(patientKey), context));
    await work(TIMERS_QUEUE, ({ alertId }) => reviewAlert(String(alertId), context));
    await work(NOTIFICATIONS_QUEUE, ({ notificationId }) =>
      deliverNotification(String(notificationId), DELIVERING, context),
    );
    teardown.onStop('job queue', () => queue.close());

    await reconcile(context, true);
    const loops = [
      createRepeatingLoop({
        name: 'reconcile',
        everyMs: RECONCILE_EVERY_MS,
        round: () => reconcile(context),
        log,
        counters: context.counters,
      }),
      createRepeatingLoop({
        name: 'audit',
        everyMs: AUDIT_EVERY_MS,
        round: () => audit(context),
        log,
        counters: context.counters,
      }),
    ];
    for (const loop of loops) {
      await loop.start();
      teardown.onStop('loop', () => loop.stop());
    }
  });
}
