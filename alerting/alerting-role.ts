// The alerting role: works on nudges, does what is due whatever became of them, and audits itself.
import type { Config } from '../runtime/config.ts';
import type { Counters } from '../runtime/counters.ts';
import { passFaultPoint } from '../runtime/fault-point.ts';
import type { Log } from '../runtime/log.ts';
import { createRole, type Role } from '../runtime/role.ts';
import { SIGNALS_QUEUE } from '../storage/alerts/job-names.ts';
import type { Storage } from '../storage/open-storage.ts';
import { openVault } from '../storage/registry/vault.ts';
import type { AlertingContext } from './alerting-context.ts';
import { createAlertingCounters } from './alerting-counters.ts';
import { applySignals } from './apply-signals.ts';
import { audit } from './audit.ts';
import { createChannels } from './channels/channel-catalogue.ts';
import { createDeadMan } from './dead-man.ts';
import { deliverNotification } from './delivery/deliver-notification.ts';
import type { DeliveryContext } from './delivery/delivery.ts';
import { createDeliveryPool } from './delivery/delivery-pool.ts';
import { createPatientLabels } from './delivery/patient-labels.ts';
import { followFailure } from './follow-failure.ts';
import { createShiftHandovers } from './hand-over-shifts.ts';
import { DELIVERING } from './pipeline.ts';
import { createDueWork } from './reconcile.ts';
import { createRepeatingLoop } from './repeating-loop.ts';
import { createConfigurationWatch } from './watch-configuration.ts';
import { watchFleets } from './watch-fleets.ts';

const RECONCILE_EVERY_MS = 2_000;
const AUDIT_EVERY_MS = 60_000;
const HANDOVER_EVERY_MS = 30_000;
const FLEETS_EVERY_MS = 60_000;
const NUDGES_AT_ONCE = 4;
const LOOK_AT_TEAMS_EVERY_MS = 3 * 60_000;
const DRAIN_MS = 4_000;

export interface AlertingRoleDeps {
  readonly config: Pick<Config, 'encryptionKeyFile' | 'faultPoint' | 'publicUrl' | 'webhookAllow'> &
    Partial<Pick<Config, 'channels' | 'deadmanUrl'>>;
  readonly storage: Pick<Storage, 'db' | 'jobQueue' | 'pool'>;
  readonly log: Log;
  readonly counters: Counters;
  /** Epoch ms; the system's clock where absent. */
  readonly now?: (() => number) | undefined;
}

export function createAlertingRole({ config, storage, log, counters, now = Date.now }: AlertingRoleDeps): Role {
  return createRole('alerting', async (teardown) => {
    const { pool, db, jobQueue: queue } = storage;
    const channels = await createChannels({ allow: config.webhookAllow, config: config.channels ?? {}, pool, now });
    teardown.onStop('channels', () => Promise.all([...channels.values()].map((channel) => channel.stop?.())));
    const vault = await openVault(db, config.encryptionKeyFile);
    const delivering: DeliveryContext = {
      pool,
      channels,
      vault,
      labelPatient: createPatientLabels({ db, vault, log }),
      publicUrl: config.publicUrl,
      counters: createAlertingCounters(counters),
      log,
      now,
      random: Math.random,
      afterSend: () => passFaultPoint('after-send', config.faultPoint),
    };
    const deliver = async (notificationId: string) =>
      followFailure(await deliverNotification(notificationId, DELIVERING, delivering), context);
    const deliveries = createDeliveryPool({ deliver, log, counters: delivering.counters });
    teardown.onStop('deliveries', () => deliveries.drain(DRAIN_MS));
    const context: AlertingContext = { ...delivering, deliveries };

    teardown.onStop('job queue', () => queue.close());
    await queue.work(SIGNALS_QUEUE, NUDGES_AT_ONCE, ({ data }) => applySignals(Number(data.patientKey), context));

    const deadMan = createDeadMan({
      url: config.deadmanUrl,
      allow: config.webhookAllow,
      counters: context.counters,
      now,
    });
    teardown.onStop('dead man', () => deadMan.stop());
    const shared = { log, counters: context.counters };
    const loops = [
      ...createDueWork(context).map((work) => createRepeatingLoop({ ...shared, ...work, everyMs: RECONCILE_EVERY_MS })),
      createRepeatingLoop({
        ...shared,
        name: 'audit',
        everyMs: AUDIT_EVERY_MS,
        round: () => audit({ ...context, deadMan }),
      }),
      createRepeatingLoop({
        ...shared,
        name: 'fleets',
        everyMs: FLEETS_EVERY_MS,
        round: () => watchFleets(context),
      }),
      createRepeatingLoop({
        ...shared,
        ...createConfigurationWatch(context),
        name: 'configuration',
        everyMs: LOOK_AT_TEAMS_EVERY_MS,
      }),
      createRepeatingLoop({
        ...shared,
        name: 'handover',
        everyMs: HANDOVER_EVERY_MS,
        round: createShiftHandovers(context),
      }),
    ];
    for (const loop of loops) {
      teardown.onStop('loop', () => loop.stop());
      loop.start();
    }
  });
}
