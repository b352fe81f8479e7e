// Visits, plans, conditions and risk group as rows have them, and as rules ask for them.

import type { Visit } from '../../domain/care/visit.ts';
import { RISK_GROUPS } from '../../domain/metrics/glucose-targets.ts';
import type { CareFacts, DatedPlan } from '../../domain/rules/history-rule.ts';

export interface CareRow {
  readonly visits: readonly {
    readonly at: number;
    readonly kind: string;
    readonly details: Omit<Visit, 'at' | 'kind'>;
  }[];
  readonly plans: readonly {
    readonly from: number;
    readonly to: number | null;
    readonly plan: Omit<DatedPlan, 'from' | 'to'>;
  }[];
  readonly conditions: readonly { readonly code: string; readonly from: number; readonly to: number | null }[];
  readonly risk_group: string | null;
}

export function toCareFacts({ visits, plans, conditions, risk_group }: CareRow): CareFacts {
  return {
    visits: visits.map(({ at, kind, details }) => {
      const { controlled, drugReaction, newComplication, emergency } = details;
      return { at, kind, controlled, drugReaction, newComplication, emergency };
    }),
    plans: plans.map(({ from, to, plan }) => {
      const { glucoseSessionsPerWeek, bloodPressureSessionsPerWeek, visitIntervalMonths } = plan;
      return { from, to: to ?? undefined, glucoseSessionsPerWeek, bloodPressureSessionsPerWeek, visitIntervalMonths };
    }),
    conditions: conditions.map(({ code, from, to }) => ({ code, from, to: to ?? undefined })),
    riskGroup: RISK_GROUPS.find((known) => known === risk_group) ?? 'standard',
  };
}
