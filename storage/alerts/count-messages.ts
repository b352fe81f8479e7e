// How often a patient was told of already.
import type { AlertKey } from './alert-record.ts';
import type { Queryable } from './queryable.ts';

export interface MessagesQuestion {
  readonly patientKey: number;
  /** Epoch ms. */
  readonly since: number;
  readonly audience: 'team' | 'patient';
  /** Only messages about this; absent: about anything. */
  readonly about?: Pick<AlertKey, 'condition' | 'direction'> | undefined;
}

/**
 * Messages about a patient that are not urgent, decided since then, to whoever of the team, or which of the patient's own contacts, was told most: several alerts in one
 * message are one, and so is one alert to several people. Neither digests count nor what was told again.
 */
export async function countMessages(
  db: Queryable,
  { patientKey, since, audience, about }: MessagesQuestion,
): Promise<number> {
  const { rows } = await db.query<{ most: number }>({
    name: 'messages-of-patient',
    text: `select coalesce(max(messages), 0)::int as most from (
        select count(distinct case when n.status = 'pending' and n.company like 'patient:%' then n.company
                                   else coalesce(n.sent_with, n.notification_id)::text end) as messages
        from alerts a join notifications n using (alert_id)
        where a.patient_key = $1 and n.created_at >= $2 and n.contact_id is not null and n.audience = $3 and not a.test
          and n.kind in ('opened', 'changed') and n.severity in ('info', 'warning')
          and n.status in ('pending', 'delivered') and n.company is distinct from 'digest'
          and ($4::text is null or (a.condition, a.direction) = ($4::text, $5::text))
        group by n.contact_id) by_contact`,
    values: [patientKey, since, audience, about?.condition ?? null, about?.direction ?? null],
  });
  return rows[0]?.most ?? 0;
}
