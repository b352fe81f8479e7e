// The alerts after a crash: none is there twice, and each open urgent one has an owner or a timer that runs (promises 6 and 7).
import { expect } from 'vitest';
import { openDatabase, type RunningSystem } from '../system/running-system.ts';

/** A timer that is due may wait for the reconciler and its turn, never this long. */
const OVERDUE_MS = 30_000;

export async function accountForAlerts(system: Pick<RunningSystem, 'databaseUrl'>): Promise<void> {
  const database = await openDatabase(system);
  try {
    const { rows: twice } = await database.query(
      `select patient_key, condition, direction from alerts where state in ('open', 'acknowledged', 'snoozed')
       group by patient_key, condition, direction having count(*) > 1`,
    );
    expect(twice, 'alerts open twice').toEqual([]);
    const { rows: unattended } = await database.query(
      `select alert_id, state, due_at from alerts where state in ('open', 'snoozed') and peak_severity in ('critical', 'emergency')
         and (due_at is null or due_at < $1)`,
      [Date.now() - OVERDUE_MS],
    );
    expect(unattended, 'urgent alerts without owner and timer').toEqual([]);
  } finally {
    await database.end();
  }
}
