// When a patient is to be seen next and what for, from what is recorded now: the same as PHS-01 says (clinical.md §6).
import type { Kysely } from 'kysely';
import type { FollowUp } from '../../domain/follow-up/follow-up.ts';
import { followedUpPeriods, isFollowedUpAt } from '../../domain/follow-up/followed-up.ts';
import { nextFollowUp } from '../../domain/follow-up/next-follow-up.ts';
import type { DatedPlan } from '../../domain/rules/history-rule.ts';
import type { Database } from '../database-schema.ts';
import { readDocuments } from './dated-documents.ts';
import type { PatientRecord } from './read-patients.ts';
import { listVisits } from './visits.ts';

/** Undefined: the patient is not followed up. @param now epoch ms */
export async function readFollowUp(
  db: Kysely<Database>,
  { patientKey, timeZone, registeredAt, conditionHistory }: PatientRecord,
  now: number,
): Promise<FollowUp | undefined> {
  const [recorded, documents] = await Promise.all([
    listVisits(db, patientKey),
    readDocuments<Pick<DatedPlan, 'visitIntervalMonths'>>(db, 'plan', patientKey),
  ]);
  const visits = recorded.filter(({ at }) => at <= now).map(({ at, kind, details }) => ({ at, kind, ...details }));
  const plans = documents.map(({ from, to, document }) => ({ from, to, ...document }));
  const conditions = conditionHistory.map(({ value: code, from, to }) => ({ code, from, to }));
  if (!isFollowedUpAt(followedUpPeriods({ conditions, plans }), now)) return undefined;
  return nextFollowUp({ visits, plans, registeredAt, timeZone }, now);
}
