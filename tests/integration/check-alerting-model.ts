// What has to hold of alerting in every state, and what once it has done all there is to do: DESIGN's promises 6, 7 and 9, no step of an
// escalation lost, early or twice, nobody told the same again too soon, and nothing anybody's who can't act on it or has forgotten it.
import { expect } from 'vitest';
import type { NotificationItem } from '../../alerting/channels/channel.ts';
import type { Escalation } from '../../domain/alerts/escalation.ts';
import type { EscalationTarget } from '../../domain/alerts/escalation-policy.ts';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import type { Severity } from '../../domain/rules/rule.ts';
import { readUnattendedAlerts } from '../../storage/alerts/unattended-alerts.ts';
import type { Sent } from './alerting-by-hand.ts';
import { LEAST_CAP, type Model, type Receiver, reachOf, type TeamOfModel } from './alerting-model.ts';
import { MINUTE_MS } from './alerting-scene.ts';

/** The shortest and the longest interval of the rules that the model fires. */
const SHORTEST_REPEAT_MS = 15 * MINUTE_MS;
const LONGEST_REPEAT_MS = 2 * 60 * MINUTE_MS;

export interface AlertRow {
  readonly alertId: string;
  readonly teamId: string;
  readonly direction: 'low' | 'high';
  readonly state: string;
  readonly signal: string;
  readonly severity: Severity;
  readonly peakSeverity: Severity;
  readonly occurrence: number;
  readonly dueAt: number | null;
  readonly dueReason: string | null;
  readonly told: { readonly occurrence: number; readonly at: number; readonly isDigest?: boolean } | null;
  readonly escalation: Escalation | null;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly ownerRemindedAt: number | null;
  /** CGM-02 is one of its firing reasons. */
  readonly isLow30: boolean;
  /** When it was put off because its patient was told of often enough that day. */
  readonly cappedAt: readonly number[];
}

interface NotificationRow {
  readonly notificationId: string;
  readonly alertId: string;
  readonly contactId: string;
  readonly occurrence: number;
  readonly kind: string;
  readonly severity: Severity;
  readonly reason: string;
  readonly sentKey: string;
  readonly status: string;
  readonly audience: string;
  readonly company: string | null;
  readonly attempts: number;
  readonly unanswered: number;
  readonly createdAt: number;
}

/** What a channel has not taken for so long is told somebody else, too. */
const STUCK_AFTER_MS = 45_000;
/** It reaches nobody for now, and may never do. */
const isLost = ({ status, severity, attempts, createdAt }: NotificationRow, now: number) =>
  status === 'failed' ||
  (status === 'pending' && isUrgent(severity) && attempts > 0 && createdAt + STUCK_AFTER_MS <= now);

export async function readAlerts({ scene }: Model): Promise<AlertRow[]> {
  const { rows } = await scene.database.pool.query<AlertRow>(
    `select alert_id as "alertId", team_id as "teamId", direction, state, signal, severity, peak_severity as "peakSeverity", occurrence,
       due_at as "dueAt", due_reason as "dueReason", told, escalation, acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy",
       owner_reminded_at as "ownerRemindedAt",
       exists (select 1 from alert_reasons r where r.alert_id = a.alert_id and r.firing and r.rule_id = 'CGM-02') as "isLow30",
       array(select t.at::float8 from alert_timeline t where t.alert_id = a.alert_id and t.event = 'notification_held' and t.reason = 'daily_cap') as "cappedAt"
     from alerts a order by opened_at, alert_id`,
  );
  return rows;
}

async function readNotifications({ scene }: Model): Promise<NotificationRow[]> {
  const { rows } = await scene.database.pool.query<NotificationRow>(
    `select notification_id as "notificationId", alert_id as "alertId", contact_id as "contactId", occurrence, kind, severity, reason,
       sent_key as "sentKey", status, audience, company, attempts, unanswered, created_at as "createdAt"
     from notifications where contact_id is not null and alert_id is not null order by created_at, notification_id`,
  );
  return rows;
}

/** Whose it is by its row: between a move and the next pass still the old one's. */
export function teamOf({ teams }: Model, { teamId }: AlertRow): TeamOfModel {
  const team = teams.find((each) => each.teamId === teamId);
  if (!team) throw new Error('an alert is of a team that the model does not know');
  return team;
}

type Heard = NotificationItem & { readonly at: number };

export const isOpenAndUrgent = ({ state, signal, severity }: AlertRow) =>
  state === 'open' && signal === 'firing' && isUrgent(severity);

/** After every command, whatever is still to be done. */
export async function checkAlways(model: Model): Promise<void> {
  const without = await readUnattendedAlerts(model.scene.database.pool, 0);
  expect(without, 'urgent alerts with neither an owner nor a timer').toEqual([]);
  const notifications = await readNotifications(model);
  checkReceived(model, notifications);
  checkIntervals(notifications);
}

/** What receivers that honour the key have acted on: each message once, of one that tells several each of them. */
export function actedOn({ hand }: Model, from = 0): Heard[] {
  const acted = new Map<string, Sent>();
  for (const sent of hand.received.slice(from))
    if (!acted.has(sent.notificationId)) acted.set(sent.notificationId, sent);
  return [...acted.values()].flatMap(({ items, at, ...sent }) => (items ?? [sent]).map((each) => ({ ...each, at })));
}

/** (kind, severity, step) of it. */
function checkReceived(model: Model, notifications: readonly NotificationRow[]): void {
  const rows = new Map(notifications.map((row) => [row.notificationId, row]));
  const seen = new Map<string, number>();
  for (const { notificationId, kind, severity, at } of actedOn(model)) {
    const row = rows.get(notificationId);
    if (!row) continue;
    const [, , , , stepNumber] = row.sentKey.split('.');
    const what = [row.alertId, row.contactId, row.occurrence, kind, severity, stepNumber].join(' ');
    const before = seen.get(what);
    const isTooSoon = before !== undefined && Math.abs(at - before) < SHORTEST_REPEAT_MS;
    expect(isTooSoon ? what : undefined, 'told twice with the same kind, severity and step').toBeUndefined();
    seen.set(what, at);
  }
}

const PAGES = ['opened', 'changed', 'reminder'];
/** Each of these is news by itself, however lately somebody was told. */
const NEWS = ['snooze_ended', 'severity_rose', 'no_outcome_yet'];

/** One occurrence is told to one contact once in its interval, but for news, and for what the contact had not got. */
function checkIntervals(notifications: readonly NotificationRow[]): void {
  const last = new Map<string, NotificationRow>();
  for (const row of notifications) {
    const { alertId, contactId, occurrence, kind, status, unanswered, reason, createdAt } = row;
    if (!PAGES.includes(kind) || (status !== 'delivered' && status !== 'pending' && unanswered === 0)) continue;
    const whose = [alertId, contactId, occurrence].join(' ');
    const before = last.get(whose);
    // The interval is the team's: who came to it by a later step is reminded with the others.
    const atLeastMs = before?.reason === 'escalation_step' ? MINUTE_MS : SHORTEST_REPEAT_MS;
    if (before && !NEWS.includes(reason) && !NEWS.includes(before.reason)) {
      const apartMs = Math.abs(createdAt - before.createdAt);
      expect(apartMs, `ms from ${before.reason} to ${reason}`).toBeGreaterThanOrEqual(atLeastMs);
    }
    last.set(whose, row);
  }
}

/** What one pass of alerting over its alerts has made of each escalation; nothing else has happened between. */
export async function checkSteps(model: Model, before: readonly AlertRow[]): Promise<void> {
  const earlier = new Map(before.map((alert) => [alert.alertId, alert.escalation]));
  const notifications = await readNotifications(model);
  const now = model.scene.now();
  for (const alert of await readAlerts(model)) {
    const { alertId, escalation, occurrence } = alert;
    const team = teamOf(model, alert);
    if (escalation?.occurrence !== occurrence) continue;
    const known = earlier.get(alertId);
    const isSame = known?.occurrence === occurrence && known.startedAt === escalation.startedAt;
    const from = isSame ? known.next : 0;
    expect(escalation.next, 'no step is taken back').toBeGreaterThanOrEqual(from);
    if (isSame) expect(escalation.steps, 'the snapshot holds').toEqual(known.steps);
    const here = notifications.filter((row) => row.alertId === alertId && row.occurrence === occurrence);
    const last = new Map(here.map((row) => [model.receiverOf.get(row.contactId), row]));
    const lost = new Set([...last].flatMap(([receiver, row]) => (isLost(row, now) ? (receiver ?? []) : [])));
    const delayOf = (index: number) => (escalation.steps[index]?.delayMin ?? 0) * MINUTE_MS;
    for (let index = from; index < escalation.next; index++) {
      const reached = reachOf(escalation.steps[index]!, team, lost);
      const left = reached.filter((receiver) => !last.has(receiver));
      expect(left, `step ${index} was taken, and these are not told`).toEqual([]);
      // One that came early has brought those after it along, whoever is on call by now.
      const fromAt = isSame ? (known.nextAt ?? Number.POSITIVE_INFINITY) : escalation.startedAt + delayOf(from);
      const isDue = fromAt + delayOf(index) - delayOf(from) <= now;
      const wasInVain = escalation.steps
        .slice(0, index)
        .some((each) => reachOf(each, team, lost as ReadonlySet<Receiver>).length === 0);
      expect(isDue || wasInVain, `step ${index} comes no sooner than it is due`).toBe(true);
    }
  }
}

/** Promise 6: as soon as the rules' word is applied, an urgent alert is told that nobody owns or has put off, whatever became of the other. */
export async function checkTold(model: Model): Promise<void> {
  for (const alert of (await readAlerts(model)).filter(isOpenAndUrgent))
    expect(alert.told?.occurrence, `the urgent ${alert.direction} is told at once`).toBe(alert.occurrence);
}

/** Promise 6 by what has arrived: somebody knows of what is urgent, or will by what is on its way, unless nobody can be reached at all. */
function checkHeard(model: Model, alerts: readonly AlertRow[], notifications: readonly NotificationRow[]): void {
  const now = model.scene.now();
  const arrived = new Set(
    actedOn(model).flatMap(({ kind, notificationId }) => (PAGES.includes(kind) ? notificationId : [])),
  );
  for (const alert of alerts) {
    const { alertId, occurrence, escalation, direction } = alert;
    // Its first step is still to come.
    if (!escalation || escalation.next === 0) continue;
    const steps = escalation.steps.slice(0, escalation.next);
    const isForTeam = escalation.nextAt === undefined || steps.some(({ targets }) => targets.some(isOfTeam));
    const here = notifications.filter((row) => row.alertId === alertId && row.occurrence === occurrence);
    const rows = here.filter(({ contactId }) => !isForTeam || !OUTSIDE.includes(model.receiverOf.get(contactId)));
    const last = new Map(rows.map((row) => [model.receiverOf.get(row.contactId), row]));
    const knows = rows.some(({ notificationId }) => arrived.has(notificationId));
    const isOnItsWay = rows.some((row) => row.status === 'pending' && !isLost(row, now));
    const isHopeless = Object.values(teamOf(model, alert).receivers)
      .flat()
      .every((receiver) => {
        const row = last.get(receiver);
        return row !== undefined && isLost(row, now);
      });
    expect(knows || isOnItsWay || isHopeless, `somebody knows of the urgent ${direction}, or is about to`).toBe(true);
  }
}

/** Once there is nothing left to do at this moment. */
export async function checkAtRest(model: Model): Promise<void> {
  const now = model.scene.now();
  const overdue = await readUnattendedAlerts(model.scene.database.pool, now);
  expect(overdue, 'urgent alerts with neither an owner nor a future timer').toEqual([]);
  const alerts = await readAlerts(model);
  for (const { dueAt, escalation, occurrence, direction } of alerts.filter(isOpenAndUrgent)) {
    expect(dueAt, `the ${direction} is told again`).toBeLessThanOrEqual(now + LONGEST_REPEAT_MS + model.setBackMs);
    expect(escalation?.occurrence, `the ${direction} has an escalation of its own`).toBe(occurrence);
    expect(escalation?.nextAt ?? Number.POSITIVE_INFINITY, 'no step is overdue').toBeGreaterThan(now);
  }
  const notifications = await readNotifications(model);
  checkHeard(model, alerts.filter(isOpenAndUrgent), notifications);
  checkOwners(model, alerts);
  checkWarnings(model, alerts, notifications);
  await checkFailures(model, alerts.filter(isOpenAndUrgent));
  for (const way of ['low', 'high'] as const) {
    const isFiring = [...model.firing.keys()].some((rule) => WAY_OF[rule] === way);
    const unclosed = alerts.filter(({ direction, state }) => direction === way && UNCLOSED.includes(state));
    expect(unclosed.length, `unclosed alerts of the ${way}`).toBeLessThanOrEqual(1);
    if (!isFiring) expect(unclosed.map(({ signal }) => signal)).not.toContain('firing');
  }
}

const OUTCOME_WITHIN_MS: Readonly<Record<string, number>> = { critical: 60 * MINUTE_MS, emergency: 30 * MINUTE_MS };

/**
 * Nobody keeps what is urgent and goes on without an outcome: they are asked in time, and after as long again it is nobody's. And nobody
 * has taken over or put off what is another team's.
 */
function checkOwners(model: Model, alerts: readonly AlertRow[]): void {
  const now = model.scene.now();
  for (const alert of alerts) {
    const { alertId, state, signal, peakSeverity, direction, escalation, acknowledgedBy, ownerRemindedAt } = alert;
    const users = Object.values(teamOf(model, alert).users);
    if (state === 'snoozed')
      expect(users, `the ${direction} is put off by somebody of its team`).toContain(model.snoozedBy.get(alertId));
    if (state !== 'acknowledged') continue;
    expect(users, `the ${direction} is owned by somebody of its team`).toContain(acknowledgedBy);
    if (signal !== 'firing' || !isUrgent(peakSeverity)) continue;
    const since = Math.max(alert.acknowledgedAt ?? 0, ownerRemindedAt ?? 0);
    const withinMs = escalation?.outcomeWithinMs ?? OUTCOME_WITHIN_MS[peakSeverity] ?? 0;
    expect(now, `the ${direction} is asked after, and then nobody’s`).toBeLessThan(since + withinMs);
  }
}

/** Of what only warns: no cap puts off a low that lows have not used up, and what is due to be told again has its time. */
function checkWarnings(model: Model, alerts: readonly AlertRow[], notifications: readonly NotificationRow[]): void {
  const lows = alerts.filter(({ direction }) => direction === 'low');
  const ids = new Set(lows.map(({ alertId }) => alertId));
  const ofLows = notifications.filter(
    ({ alertId, kind, severity, audience, company }) =>
      ids.has(alertId) && NEW.includes(kind) && !isUrgent(severity) && audience === 'team' && company !== 'digest',
  );
  for (const { state, signal, peakSeverity, occurrence, told, dueAt, dueReason, isLow30, cappedAt } of lows) {
    for (const at of cappedAt) {
      const from = at - ((at + SHANGHAI_MS) % DAY_MS);
      const before = ofLows.filter(({ createdAt }) => createdAt >= from && createdAt <= at + model.setBackMs);
      expect(before.length, 'messages about lows before one is put off').toBeGreaterThanOrEqual(LEAST_CAP);
    }
    const isOpenWarning = state === 'open' && signal === 'firing' && !isUrgent(peakSeverity);
    const isTold = told?.occurrence === occurrence && told.isDigest !== true;
    if (!isOpenWarning || !isTold || !isLow30) continue;
    expect(dueAt, 'a warning of a low is told again').not.toBeNull();
    if (dueReason === 'repeat_interval') expect(dueAt).toBe(told.at + 30 * MINUTE_MS);
  }
}

const NEW = ['opened', 'changed'];
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The teams' zone, ahead of UTC. */
const SHANGHAI_MS = 8 * 60 * MINUTE_MS;

/** Where nobody of the team can be told any more by what was tried, what is left to try has been. */
async function checkFailures(model: Model, open: readonly AlertRow[]): Promise<void> {
  const notifications = await readNotifications(model);
  for (const { alertId, occurrence, escalation, direction } of open) {
    const here = notifications.filter((row) => row.alertId === alertId && row.occurrence === occurrence);
    const ofTeam = here.filter(({ contactId }) => !OUTSIDE.includes(model.receiverOf.get(contactId)));
    const last = new Map(ofTeam.map((row) => [row.contactId, row]));
    const isInVain = last.size > 0 && [...last.values()].every((row) => isLost(row, model.scene.now()));
    expect(isInVain && escalation?.nextAt !== undefined, `the ${direction} waits for a step while nobody knows`).toBe(
      false,
    );
  }
}

const OUTSIDE: readonly (Receiver | undefined)[] = ['patient', 'daughter'];
const isOfTeam = ({ kind }: EscalationTarget) => kind !== 'patient' && kind !== 'carer';
const UNCLOSED = ['open', 'acknowledged', 'snoozed'];
export const WAY_OF: Readonly<Record<string, 'low' | 'high'>> = {
  'CGM-01': 'low',
  'CGM-02': 'low',
  'CGM-03': 'low',
  'SMBG-01': 'low',
  'CGM-05': 'high',
  'SMBG-03': 'high',
};
