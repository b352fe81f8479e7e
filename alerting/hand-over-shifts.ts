// At a shift change whoever comes on duty gets one digest of what the team has open. Promise: exactly once a team and shift, whichever
// process comes first; after an outage at most the last shift, and none that began more than an hour ago; nothing where there is nothing.
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { HandoverSubject } from '../domain/alerts/notification-subject.ts';
import { type RoutedPerson, routeStep } from '../domain/alerts/route-step.ts';
import { currentShift } from '../domain/on-call/current-shift.ts';
import type { OnCallSchedule } from '../domain/on-call/on-call-schedule.ts';
import { type ShiftChange, shiftChanges } from '../domain/on-call/shift-changes.ts';
import {
  claimHandover,
  readScheduledTeams,
  readUnreachedMembers,
  type ScheduledTeam,
} from '../storage/alerts/handovers.ts';
import { type PlannedNotification, planNotifications } from '../storage/alerts/notification-log.ts';
import { readHandover } from '../storage/alerts/read-handover.ts';
import { readRouting, type TeamRouting } from '../storage/alerts/read-routing.ts';
import { inTransaction } from '../storage/in-transaction.ts';
import type { AlertingContext } from './alerting-context.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Older shifts have found out by themselves. */
const LATEST_MS = HOUR_MS;
/** A schedule takes up to some milliseconds to be read ahead for a day. */
const TEAMS_A_ROUND = 50;
const UNREACHED_A_ROUND = 50;
const REST_MS = 5 * 60_000;
const HALF_DAY_MS = DAY_MS / 2;

type HandoverContext = Pick<AlertingContext, 'pool' | 'channels' | 'counters' | 'deliveries' | 'now'>;

/** What was found in a team's schedule, and until when that holds. */
interface Looked extends ScheduledTeam {
  readonly at: number;
  readonly nextAt: number;
}

/** A round; it answers whether there is more to do, and throws what failed once all others had their turn. */
export function createShiftHandovers(context: HandoverContext): () => Promise<boolean> {
  const { pool, now } = context;
  let known = new Map<string, Looked>();

  async function look(team: ScheduledTeam, at: number): Promise<Looked> {
    const routing = await readRouting(pool, { teamId: team.teamId });
    const schedule = routing.team?.schedule;
    if (!schedule) return { ...team, at, nextAt: at + DAY_MS };
    const changes = shiftChanges(schedule, at - LATEST_MS + 1, at + DAY_MS);
    const last = changes.findLast((change) => change.at <= at);
    if (last) await handOver(team.teamId, last, schedule, routing, context);
    return { ...team, at, nextAt: changes.find((change) => change.at > at)?.at ?? at + DAY_MS };
  }

  return async () => {
    const at = now();
    const teams = await readScheduledTeams(pool);
    known = new Map(teams.flatMap(({ teamId }) => known.get(teamId) ?? []).map((looked) => [looked.teamId, looked]));
    const due = teams.filter((team) => isDue(team, known.get(team.teamId), at));
    const failures: unknown[] = [];
    for (const team of due.slice(0, TEAMS_A_ROUND)) {
      try {
        known.set(team.teamId, await look(team, at));
      } catch (failure) {
        known.set(team.teamId, { ...team, at, nextAt: at + REST_MS });
        failures.push(failure);
      }
    }
    await tryNextContacts(at, context);
    if (failures.length > 0)
      throw new AggregateError(failures, `shifts of ${failures.length} teams could not be handed over`);
    return due.length > TEAMS_A_ROUND;
  };
}

/** Also where the clock was put back. */
function isDue({ version, timeZone }: ScheduledTeam, looked: Looked | undefined, at: number): boolean {
  return (
    looked === undefined ||
    looked.version !== version ||
    looked.timeZone !== timeZone ||
    looked.nextAt <= at ||
    looked.at > at
  );
}

async function handOver(
  teamId: string,
  change: ShiftChange,
  schedule: OnCallSchedule,
  routing: TeamRouting,
  context: HandoverContext,
): Promise<void> {
  const at = context.now();
  const planned = await inTransaction(context.pool, async (tx) => {
    if (!(await claimHandover(tx, teamId, change.at, at))) return [];
    const subject = await sumUp(tx, teamId, change.at, schedule);
    if (!subject) return [];
    const people = reach(change.comingOn, routing, context);
    return planNotifications(
      tx,
      people.flatMap((person) => notify(teamId, subject, person, [])),
      at,
    );
  });
  context.deliveries.begin(planned.map((notificationId) => ({ notificationId, turn: 0 as const })));
}

/** Undefined where nothing is open and nobody to be looked at: a shift that begins in peace is left in peace. */
async function sumUp(
  tx: PoolClient,
  teamId: string,
  shiftAt: number,
  schedule: OnCallSchedule,
): Promise<HandoverSubject | undefined> {
  const { changedAt = shiftAt - HALF_DAY_MS, to = shiftAt + HALF_DAY_MS } = currentShift(schedule, shiftAt);
  const handover = await readHandover(tx, { teamId, at: shiftAt, since: changedAt, until: to });
  const { alertsTotal: alerts, urgentTotal: urgent, unownedTotal: unowned, pressingTotal: watch } = handover;
  if (alerts === 0 && watch === 0) return undefined;
  return { shiftAt, alerts, urgent, unowned, snoozesEnding: handover.snoozesEnding.length, watch };
}

function reach(memberIds: readonly string[], routing: TeamRouting, { channels, counters, now }: HandoverContext) {
  const targets = memberIds.map((memberId) => ({ kind: 'member' as const, memberId }));
  const hasChannel = (channel: string) => channels.has(channel);
  const { people, skips } = routeStep({ delayMin: 0, targets }, { routing, at: now(), hasChannel });
  for (const { reason } of skips) counters.contactSkips.inc({ reason });
  return people;
}

/** By the first of their contacts that has not been tried; nothing where all have. */
function notify(
  teamId: string,
  subject: HandoverSubject,
  { memberId, userId, contacts }: RoutedPerson,
  tried: readonly string[],
): PlannedNotification[] {
  const contact = contacts.find(({ contactId }) => !tried.includes(contactId));
  if (!contact) return [];
  const { contactId, channel } = contact;
  return [
    {
      notificationId: uuidv7(),
      teamId,
      subject: { handover: subject },
      occurrence: 1,
      memberId,
      userId,
      contactId,
      channel,
      audience: 'team',
      kind: 'handover',
      severity: 'info',
      reason: 'shift_change',
      sentKey: `handover:${teamId}:${subject.shiftAt}:${contactId}`,
    },
  ];
}

/** In order: whose contact has failed for good gets it by the next one. */
async function tryNextContacts(at: number, context: HandoverContext): Promise<void> {
  for (const { teamId, memberId, subject, tried } of await readUnreachedMembers(
    context.pool,
    at - LATEST_MS,
    UNREACHED_A_ROUND,
  )) {
    const { handover } = subject;
    if (!handover) continue;
    const routing = await readRouting(context.pool, { teamId });
    const planned = reach([memberId], routing, context).flatMap((person) => notify(teamId, handover, person, tried));
    const added = await planNotifications(context.pool, planned, at);
    context.deliveries.begin(added.map((notificationId) => ({ notificationId, turn: 0 as const })));
  }
}
