// An alert and its reasons as they are stored, in our names. Instants are epoch ms.
import type { AlertLife } from '../../domain/alerts/alert-life.ts';
import type { Told } from '../../domain/alerts/decide-notification.ts';
import type { Escalation } from '../../domain/alerts/escalation.ts';
import type { Condition, Direction, EvidenceReading, Explanation, Severity } from '../../domain/rules/rule.ts';

export interface AlertKey {
  readonly patientKey: number;
  readonly condition: Condition;
  readonly direction: Direction;
}

/** `patientKey` of a test of a team without saying for whom: no patient has it. */
export const NOBODY = 0;

export interface AlertRecord extends AlertKey, AlertLife {
  readonly alertId: string;
  /** Absent while nobody is responsible for the patient. */
  readonly teamId?: string | undefined;
  readonly openedAt: number;
  /** Only listed, for an episode that turned out never to have been. */
  readonly withdrawnAt?: number | undefined;
  readonly previousAlertId?: string | undefined;
  /** What was last told of it, to anybody. */
  readonly told?: Told | undefined;
  /** How often the present occurrence was told again. */
  readonly reminders: number;
  /** Of the present occurrence once it was told, or of an earlier one. */
  readonly escalation?: Escalation | undefined;
  /** Whoever took it over was reminded that it has no outcome yet. */
  readonly ownerRemindedAt?: number | undefined;
  /** The next moment at which time alone changes something, and what. */
  readonly dueAt?: number | undefined;
  readonly dueReason?: string | undefined;
  /** A trial of a team's alerting: no reading is behind it, and nothing real is touched by it. */
  readonly test: boolean;
  /** Of a test: whether patient and carers are told, too. */
  readonly testIncludesPatient?: boolean | undefined;
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
  withdrawnAt: 'withdrawn_at',
  previousAlertId: 'previous_alert_id',
  occurrence: 'occurrence',
  told: 'told',
  reminders: 'reminders',
  escalation: 'escalation',
  ownerRemindedAt: 'owner_reminded_at',
  dueAt: 'due_at',
  dueReason: 'due_reason',
  test: 'test',
  testIncludesPatient: 'test_includes_patient',
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

/** An expression that gives a row as JSON in our names, nulls included. */
export function jsonObject(columns: Readonly<Record<string, string>>, table: string): string {
  const pairs = Object.entries(columns).map(([property, column]) => `'${property}', ${table}.${column}`);
  return `json_build_object(${pairs.join(', ')})`;
}

/** The list for a `select` that gives rows in our names. */
export function selectList(columns: Readonly<Record<string, string>>, table: string): string {
  return Object.entries(columns)
    .map(([property, column]) => `${table}.${column} as "${property}"`)
    .join(', ');
}
