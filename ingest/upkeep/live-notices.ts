// Tells dashboards which patients have new readings. A hint with a poll behind it: a patient at most once a second, and not more
// patients than somebody could look at.
import type { Pool } from 'pg';
import type { PatientProjection } from '../project/patient-projection.ts';

const MOST_PATIENTS = 100;

export interface LiveNotices {
  note(touched: readonly PatientProjection[]): void;
  send(): Promise<void>;
}

export function createLiveNotices(pool: Pick<Pool, 'query'>): LiveNotices {
  const noted = new Set<string>();
  return {
    note(touched) {
      for (const { entry } of touched) {
        if (noted.size >= MOST_PATIENTS) return;
        noted.add(entry.patientId);
      }
    },
    async send() {
      if (noted.size === 0) return;
      const patientIds = [...noted];
      noted.clear();
      await pool.query(`select pg_notify('live', 'patient ' || patient_id) from unnest($1::text[]) patient_id`, [
        patientIds,
      ]);
    },
  };
}
