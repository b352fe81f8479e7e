// Finds that a team's devices fell silent together, or that they are back. Promise: one incident and one message to each who is told,
// whichever process finds it; where the lead can't be told every member is. While it lasts nobody is told of devices that fell silent with it (steps/hold-back.ts).
import { v7 as uuidv7 } from 'uuid';
import { changeOfFleet } from '../domain/alerts/fleet-outage.ts';
import { EVERY_MEMBER, type RoutedPerson, routeStep } from '../domain/alerts/route-step.ts';
import { type PlannedNotification, planNotifications } from '../storage/alerts/notification-log.ts';
import { readFleets, type TeamFleet } from '../storage/alerts/read-fleets.ts';
import { readRouting } from '../storage/alerts/read-routing.ts';
import { closeIncident, isIncidentHeard, openIncident } from '../storage/alerts/team-incidents.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { AlertingContext } from './alerting-context.ts';

type FleetContext = Pick<AlertingContext, 'pool' | 'channels' | 'counters' | 'deliveries' | 'log' | 'now'>;

const KIND = 'fleet_outage';
/** Where a team has no lead that is every member. */
const LEAD = { delayMin: 0, targets: [{ kind: 'role', role: 'lead' }], contacts: 'all' } as const;

export async function watchFleets(context: FleetContext): Promise<boolean> {
  const { pool, now } = context;
  for (const fleet of await readFleets(pool, now())) {
    const change = changeOfFleet(fleet, fleet.settings);
    if (change === 'begins') await begin(fleet, context);
    else if (change === 'ends') await end(fleet, context);
    else if (fleet.incidentId !== undefined) await tellEverybody(fleet, fleet.incidentId, context);
  }
  return false;
}

async function begin({ teamId, silent, devices }: TeamFleet, context: FleetContext): Promise<void> {
  const { pool, log, counters, deliveries, channels } = context;
  const now = context.now();
  const incidentId = uuidv7();
  const planned = await inTransaction(pool, async (tx) => {
    if (!(await openIncident(tx, { incidentId, teamId, kind: KIND, detail: { silent, devices } }, now)))
      return undefined;
    const question = {
      routing: await readRouting(tx, { teamId }),
      at: now,
      hasChannel: (channel: string) => channels.has(channel),
    };
    const lead = routeStep(LEAD, question).people;
    const people = lead.length > 0 ? lead : routeStep(EVERY_MEMBER, question).people;
    return planNotifications(tx, notify(people, teamId, { incidentId, silent }), now);
  });
  if (!planned) return;
  log.warn({ teamId, silent, devices }, 'many devices of a team fell silent together');
  counters.incidents.inc({ kind: KIND });
  deliveries.begin(planned.map((notificationId) => ({ notificationId, turn: 0 as const })));
}

/** Where whoever was to be told has it by no contact, and nothing is on its way: nobody would tell of single devices either. */
async function tellEverybody({ teamId, silent }: TeamFleet, incidentId: string, context: FleetContext): Promise<void> {
  const { pool, log, deliveries, channels } = context;
  if (await isIncidentHeard(pool, teamId, incidentId)) return;
  const now = context.now();
  const routing = await readRouting(pool, { teamId });
  const { people } = routeStep(EVERY_MEMBER, { routing, at: now, hasChannel: (channel) => channels.has(channel) });
  const planned = await planNotifications(pool, notify(people, teamId, { incidentId, silent }), now);
  if (planned.length > 0)
    log.warn({ teamId, contacts: planned.length }, 'an incident reached nobody: every member is told');
  deliveries.begin(planned.map((notificationId) => ({ notificationId, turn: 0 as const })));
}

function notify(
  people: readonly RoutedPerson[],
  teamId: string,
  incident: { readonly incidentId: string; readonly silent: number },
): PlannedNotification[] {
  return people.flatMap(({ memberId, userId, contacts }) =>
    contacts.map(({ contactId, channel }): PlannedNotification => {
      const sentKey = `incident/${incident.incidentId}/${contactId}`;
      const about = { teamId, subject: { incident }, kind: 'incident', severity: 'warning', reason: KIND } as const;
      return { notificationId: uuidv7(), occurrence: 1, memberId, userId, contactId, channel, sentKey, ...about };
    }),
  );
}

async function end({ teamId, silent }: TeamFleet, { pool, log, now }: FleetContext): Promise<void> {
  if (await closeIncident(pool, teamId, KIND, now())) log.info({ teamId, silent }, 'the devices of a team are back');
}
