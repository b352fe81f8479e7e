// Whom an event concerns: which team may see it. Teams of patients are held; alerts are few and read each time.
import type { Pool } from 'pg';

const MAX_PATIENTS = 20_000;

export interface LiveEvent {
  readonly name: 'alert' | 'patient';
  /** Absent of a test that is for nobody in particular. */
  readonly patientId?: string | undefined;
  readonly alertId?: string | undefined;
  /** Who is told: the team responsible now, and the one that was until a moment ago. */
  readonly teamIds: readonly string[];
}

/** What has been heard of since the last look. */
export interface HeardOf {
  readonly alertIds: ReadonlySet<string>;
  readonly patientIds: ReadonlySet<string>;
  /** Their registry entry has changed, maybe their team. */
  readonly patientKeys: ReadonlySet<number>;
}

export interface LiveTopics {
  /** While nobody listens, changes of teams go unheard. */
  forget(): void;
  resolve(heard: HeardOf): Promise<LiveEvent[]>;
}

interface PatientRow {
  readonly patient_key: number;
  readonly patient_id: string;
  readonly team_id: string | null;
}

interface AlertRow {
  readonly alert_id: string;
  readonly patient_id: string | null;
  readonly team_id: string | null;
}

const PATIENTS = `
  select p.patient_key, p.patient_id, r.team_id from patients p
  left join responsibilities r on r.patient_key = p.patient_key and r.to_at is null
  where p.patient_id = any($1::uuid[]) or p.patient_key = any($2::int[])`;

export function createLiveTopics({ pool }: { readonly pool: Pick<Pool, 'query'> }): LiveTopics {
  const teamOf = new Map<string, string | null>();

  /** Answers the teams before and now. */
  function learn({ patient_id, team_id }: PatientRow): string[] {
    const before = teamOf.get(patient_id);
    if (teamOf.size >= MAX_PATIENTS) teamOf.clear();
    teamOf.set(patient_id, team_id);
    return [...new Set([before, team_id])].filter((teamId) => typeof teamId === 'string');
  }

  async function patientEvents({ patientIds, patientKeys }: HeardOf): Promise<LiveEvent[]> {
    const unknown = [...patientIds].filter((patientId) => !teamOf.has(patientId));
    const events = new Map<string, LiveEvent>();
    for (const patientId of patientIds) {
      const teamId = teamOf.get(patientId);
      if (typeof teamId === 'string') events.set(patientId, { name: 'patient', patientId, teamIds: [teamId] });
    }
    if (unknown.length === 0 && patientKeys.size === 0) return [...events.values()];
    const { rows } = await pool.query<PatientRow>(PATIENTS, [unknown, [...patientKeys]]);
    for (const row of rows)
      events.set(row.patient_id, { name: 'patient', patientId: row.patient_id, teamIds: learn(row) });
    return [...events.values()];
  }

  async function alertEvents(alertIds: ReadonlySet<string>): Promise<LiveEvent[]> {
    if (alertIds.size === 0) return [];
    const { rows } = await pool.query<AlertRow>(
      `select a.alert_id, p.patient_id, a.team_id from alerts a left join patients p using (patient_key)
       where a.alert_id = any($1::uuid[])`,
      [[...alertIds]],
    );
    return rows.map(({ alert_id, patient_id, team_id }) => ({
      name: 'alert',
      alertId: alert_id,
      patientId: patient_id ?? undefined,
      teamIds: team_id === null ? [] : [team_id],
    }));
  }

  return {
    forget: () => teamOf.clear(),
    // Patients first: who has moved is known by then.
    resolve: async (heard) => [...(await patientEvents(heard)), ...(await alertEvents(heard.alertIds))],
  };
}
