// How the escalation of one alert has gone: its steps as they were snapshotted, which have been taken, what became of their messages,
// whom they could not reach, and when the next one is due.
import type { Escalation } from '../../domain/alerts/escalation.ts';
import type { EscalationStep, TargetKind } from '../../domain/alerts/escalation-policy.ts';
import type { Queryable } from './queryable.ts';

export interface StepSkip {
  readonly target: TargetKind;
  readonly reason: string;
}

export interface ShownStep extends EscalationStep {
  /** All before the next one are, also where they reached nobody. */
  readonly isTaken: boolean;
  /** When its first message was planned, epoch ms; absent: none was. */
  readonly toldAt?: number | undefined;
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  readonly skips: readonly StepSkip[];
}

export interface ShownEscalation {
  readonly policy: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly next: number;
  /** Epoch ms; absent where no further step will be taken: they are used up, or somebody owns it, put it off or it is over. */
  readonly nextAt?: number | undefined;
  readonly steps: readonly ShownStep[];
}

interface Row {
  readonly escalation: Escalation;
  readonly goes_on: boolean;
  readonly told: readonly {
    readonly step: number;
    readonly at: number;
    readonly status: string;
    readonly count: number;
  }[];
  readonly skips: readonly { readonly reason: string; readonly targets: string }[];
}

const READ = `
  select a.escalation, a.state = 'open' and a.signal = 'firing' and (a.escalation->>'occurrence')::int = a.occurrence as goes_on,
    coalesce((
      select json_agg(json_build_object('step', n.escalation_step, 'status', n.status, 'at', n.at, 'count', n.count)) from (
        select escalation_step, status, min(created_at) as at, count(*) as count from notifications
        where alert_id = a.alert_id and occurrence = (a.escalation->>'occurrence')::int and escalation_step is not null
          and created_at >= (a.escalation->>'startedAt')::int8
        group by escalation_step, status) n), '[]') as told,
    coalesce((
      select json_agg(distinct jsonb_build_object('reason', e.reason, 'targets', coalesce(e.detail->>'targets', e.detail->>'target'))) from alert_timeline e
      where e.alert_id = a.alert_id and e.event in ('step_skipped', 'contact_skipped') and e.at >= (a.escalation->>'startedAt')::int8
        and coalesce(e.detail->>'targets', e.detail->>'target') is not null), '[]') as skips
  from alerts a where a.alert_id = $1 and a.escalation is not null`;

/** Undefined where the alert was never told to anybody by steps. */
export async function readEscalation(db: Queryable, alertId: string): Promise<ShownEscalation | undefined> {
  const { rows } = await db.query<Row>({ name: 'alert-escalation', text: READ, values: [alertId] });
  const [row] = rows;
  if (!row) return undefined;
  const { policy, startedAt, next, nextAt, steps } = row.escalation;
  return {
    policy,
    startedAt,
    next,
    nextAt: row.goes_on ? nextAt : undefined,
    steps: steps.map((step, index) => showStep(step, index, row)),
  };
}

function showStep(step: EscalationStep, index: number, { escalation, told, skips }: Row): ShownStep {
  const isTaken = index < escalation.next;
  const mine = told.filter((each) => each.step === index);
  const count = (status: string) => mine.find((each) => each.status === status)?.count ?? 0;
  const kinds = step.targets.map(({ kind }) => kind);
  return {
    ...step,
    isTaken,
    toldAt: mine.length > 0 ? Math.min(...mine.map(({ at }) => at)) : undefined,
    delivered: count('delivered'),
    failed: count('failed'),
    pending: count('pending'),
    skips: isTaken ? skips.flatMap(({ reason, targets }) => skipsOf(kinds, reason, targets)) : [],
  };
}

function skipsOf(kinds: readonly TargetKind[], reason: string, targets: string): StepSkip[] {
  const skipped = targets.split(' ');
  return kinds.filter((kind) => skipped.includes(kind)).map((target) => ({ target, reason }));
}
