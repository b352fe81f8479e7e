// An alert and its reasons as they are stored, in our names. Instants are epoch ms.
import type { Condition, Direction, EvidenceReading, Explanation, Severity } from '../../domain/rules/rule.ts';

export interface AlertKey {
  readonly patientKey: number;
  readonly condition: Condition;
  readonly direction: Direction;
}

export const ALERT_STATES = ['open', 'acknowledged', 'snoozed', 'resolved', 'expired', 'retrospective'] as const;
export type AlertState = (typeof ALERT_STATES)[number];
export type AlertSignal = 'firing' | 'cleared';
export const NOTIFICATION_KINDS = ['opened', 'changed', 'reminder', 'cleared', 'closed'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export interface AlertRecord extends AlertKey {
  readonly alertId: string;
  /** Absent while nobody is responsible for the patient. */
  readonly teamId?: string | undefined;
  /** The highest of the reasons that fire; of those that fired last, once it has cleared. */
  readonly severity: Severity;
  /** The highest it ever had: what was urgent once waits for a person. */
  readonly peakSeverity: Severity;
  readonly state: AlertState;
  readonly signal: AlertSignal;
  readonly openedAt: number;
  /** When the present occurrence began. */
  readonly firedAt: number;
  /** When it last cleared; kept while it fires again, because a cooldown counts from it. */
  readonly clearedAt?: number | undefined;
  readonly acknowledgedAt?: number | undefined;
  readonly acknowledgedBy?: string | undefined;
  readonly snoozedUntil?: number | undefined;
  readonly snoozedSeverity?: Severity | undefined;
  readonly snoozedFrom?: 'open' | 'acknowledged' | undefined;
  readonly closedAt?: number | undefined;
  readonly closedBy?: string | undefined;
  readonly outcome?: string | undefined;
  readonly previousAlertId?: string | undefined;
  /** 1, and one more each time it fires again after it had cleared. */
  readonly occurrence: number;
  /** What the present occurrence was last told about; the severity is also that of the one before, until it is told. */
  readonly announcedKind?: NotificationKind | undefined;
  readonly announcedSeverity?: Severity | undefined;
  readonly announcedAt?: number | undefined;
  /** The next moment at which time alone changes something, and what. */
  readonly dueAt?: number | undefined;
  readonly dueReason?: string | undefined;
  readonly test: boolean;
  readonly version: number;
}

/** A reading as ingest wrote it beside the episode: what says which it is, and whatever more. */
export interface AlertEvidence extends EvidenceReading {
  readonly [more: string]: unknown;
}

/** Why an alert is there: an episode of a rule, with evidence and explanation as they were when people were told. */
export interface AlertReason {
  readonly alertId: string;
  readonly ruleId: string;
  readonly episodeId: string;
  readonly severity: Severity;
  readonly firing: boolean;
  readonly joinedAt: number;
  readonly clearedAt?: number | undefined;
  readonly episodeStartAt: number;
  readonly episodeEndAt?: number | undefined;
  readonly explanation: Explanation;
  readonly evidence: readonly AlertEvidence[];
}

/** Property and column of every field, in one place for reading and writing. */
export const ALERT_COLUMNS = {
  alertId: 'alert_id',
  patientKey: 'patient_key',
  teamId: 'team_id',
  condition: 'condition',
  direction: 'direction',
  severity: 'severity',
  peakSeverity: 'peak_severity',
  state: 'state',
  signal: 'signal',
  openedAt: 'opened_at',
  firedAt: 'fired_at',
  clearedAt: 'cleared_at',
  acknowledgedAt: 'acknowledged_at',
  acknowledgedBy: 'acknowledged_by',
  snoozedUntil: 'snoozed_until',
  snoozedSeverity: 'snoozed_severity',
  snoozedFrom: 'snoozed_from',
  closedAt: 'closed_at',
  closedBy: 'closed_by',
  outcome: 'outcome',
  previousAlertId: 'previous_alert_id',
  occurrence: 'occurrence',
  announcedKind: 'announced_kind',
  announcedSeverity: 'announced_severity',
  announcedAt: 'announced_at',
  dueAt: 'due_at',
  dueReason: 'due_reason',
  test: 'test',
  version: 'version',
} as const satisfies Record<keyof AlertRecord, string>;

export const REASON_COLUMNS = {
  alertId: 'alert_id',
  ruleId: 'rule_id',
  episodeId: 'episode_id',
  severity: 'severity',
  firing: 'firing',
  joinedAt: 'joined_at',
  clearedAt: 'cleared_at',
  episodeStartAt: 'episode_start_at',
  episodeEndAt: 'episode_end_at',
  explanation: 'explanation',
  evidence: 'evidence',
} as const satisfies Record<keyof AlertReason, string>;

/** The list for a `select` that gives rows in our names. */
export function selectList(columns: Readonly<Record<string, string>>, table: string): string {
  return Object.entries(columns)
    .map(([property, column]) => `${table}.${column} as "${property}"`)
    .join(', ');
}
