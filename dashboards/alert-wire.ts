// Alerts as the API answers them.
import Type from 'typebox';
import { ALERT_STATES } from '../domain/alerts/alert-life.ts';
import { CONDITIONS, SEVERITIES } from '../domain/rules/rule.ts';
import type { ListedAlert, ListedReason } from '../storage/alerts/list-alerts.ts';
import type { AlertDetail, ShownTimelineEntry } from '../storage/alerts/read-alert-detail.ts';
import { type EmergencyContact, EmergencyContactWire } from './emergency-contact.ts';
import { EscalationWire, toEscalationWire } from './escalation-wire.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { ReadingWire } from './reading-wire.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;
const Severity = Type.Enum([...SEVERITIES]);

const Reason = Type.Object({
  ruleId: Type.String(),
  episodeId: Uuid,
  severity: Severity,
  firing: Type.Boolean(),
  joinedAt: InstantOut,
  clearedAt: Optional(InstantOut),
  episodeStartAt: InstantOut,
  episodeEndAt: Optional(InstantOut),
  explanation: Type.Unknown({ description: 'Why, and by which thresholds.' }),
});

const ALERT = {
  alertId: Uuid,
  patientId: Optional(
    Type.String({ format: 'uuid', description: 'Absent of a test that is for nobody in particular.' }),
  ),
  teamId: Optional(Uuid),
  condition: Type.Enum([...CONDITIONS]),
  direction: Type.Enum(['low', 'high', 'none']),
  severity: Severity,
  state: Type.Enum([...ALERT_STATES]),
  signal: Type.Enum(['firing', 'cleared']),
  reasons: Type.Array(Reason),
  openedAt: InstantOut,
  clearedAt: Optional(InstantOut),
  acknowledgedAt: Optional(InstantOut),
  acknowledgedBy: Optional(Uuid),
  outcomeDueAt: Optional(
    Type.String({ format: 'date-time', description: 'Somebody owns it: when they are asked for an outcome.' }),
  ),
  lapsesAt: Optional(
    Type.String({
      format: 'date-time',
      description: 'They have been asked: without an outcome it is open again then.',
    }),
  ),
  snoozedUntil: Optional(InstantOut),
  closedAt: Optional(InstantOut),
  outcome: Optional(Type.String()),
  previousAlertId: Optional(Uuid),
  test: Optional(Type.Boolean({ description: 'A trial: of nobody’s readings.' })),
};
export const AlertWire = Type.Object(ALERT);

const TimelineEntry = Type.Object({
  at: InstantOut,
  event: Type.String(),
  reason: Type.String(),
  userId: Optional(Type.String({ format: 'uuid', description: 'Absent: the system.' })),
  channel: Optional(Type.String()),
  contactId: Optional(Uuid),
  memberId: Optional(Uuid),
  notificationId: Optional(Uuid),
  note: Optional(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
});

export const AlertDetailWire = Type.Object({
  ...ALERT,
  timeline: Type.Array(TimelineEntry),
  escalation: Optional(EscalationWire),
  contact: Optional(EmergencyContactWire),
  evidence: Type.Array(ReadingWire, { description: 'The readings it rests on, as they are stored now.' }),
});

export function toAlertWire(alert: ListedAlert) {
  const { patientKey: _, test, ...rest } = alert;
  return {
    ...rest,
    reasons: alert.reasons.map(toReasonWire),
    openedAt: formatInstant(alert.openedAt),
    clearedAt: formatOptionalInstant(alert.clearedAt),
    acknowledgedAt: formatOptionalInstant(alert.acknowledgedAt),
    outcomeDueAt: formatOptionalInstant(alert.outcomeDueAt),
    lapsesAt: formatOptionalInstant(alert.lapsesAt),
    snoozedUntil: formatOptionalInstant(alert.snoozedUntil),
    closedAt: formatOptionalInstant(alert.closedAt),
    ...(test && { test }),
  };
}

export function toAlertDetailWire(
  alert: AlertDetail,
  evidence: readonly ReadingWire[],
  contact: EmergencyContact | undefined,
) {
  return {
    ...toAlertWire(alert),
    timeline: alert.timeline.map(toEntryWire),
    escalation: alert.escalation && toEscalationWire(alert.escalation),
    contact,
    evidence: [...evidence],
  };
}

function toReasonWire(reason: ListedReason) {
  return {
    ...reason,
    joinedAt: formatInstant(reason.joinedAt),
    clearedAt: formatOptionalInstant(reason.clearedAt),
    episodeStartAt: formatInstant(reason.episodeStartAt),
    episodeEndAt: formatOptionalInstant(reason.episodeEndAt),
  };
}

const toEntryWire = (entry: ShownTimelineEntry) => ({ ...entry, at: formatInstant(entry.at) });
