// Finds that a team's devices fell silent together, or that they are back. Promise: one incident and one message to each who is told,
// whichever process finds it; while it lasts nobody is told of single devices (steps/hold-back.ts), and of those still silent after it.
import { v7 as uuidv7 } from 'uuid';
import { changeOfFleet } from '../domain/alerts/fleet-outage.ts';
import { EVERY_MEMBER, type RouteQuestion, routeStep } from '../domain/alerts/route-step.ts';
import { type PlannedNotification, planNotifications } from '../storage/alerts/notification-log.ts';
import { readFleets, type TeamFleet } from '../storage/alerts/read-fleets.ts';
import { readRouting } from '../storage/alerts/read-routing.ts';
import { closeIncident, openIncident } from '../storage/alerts/team-incidents.ts';
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
    const routing = await readRouting(tx, { teamId });
    const notifications = notify({ routing, at: now, hasChannel: (channel) => channels.has(channel) }, teamId, {
      incidentId,
      silent,
    });
    return planNotifications(tx, notifications, now);
  });
  if (!planned) return;
  log.warn({ teamId, silent, devices }, 'many devices of a team fell silent together');
  counters.incidents.inc({ kind: KIND });
  deliveries.begin(planned.map((notificationId) => ({ notificationId, turn: 0 as const })));
}

function notify(
  question: RouteQuestion,
  teamId: string,
  incident: { readonly incidentId: string; readonly silent: number },
): PlannedNotification[] {
  const lead = routeStep(LEAD, question).people;
  const people = lead.length > 0 ? lead : routeStep(EVERY_MEMBER, question).people;
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
