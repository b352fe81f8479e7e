// Who did what: every refused and every writing request, every opening of a patient's data (DESIGN §9.12). Rows are only added.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';

/** Openings that this process has written lately; the table's unique index is what counts. */
const MAX_REMEMBERED = 20_000;
const HOUR_MS = 3_600_000;

export interface AuditActor {
  readonly userId?: string | undefined;
  /** A username, or `anonymous`. */
  readonly actor: string;
}

export interface AuditEntry extends AuditActor {
  readonly action: 'write' | 'refuse';
  readonly status?: number | undefined;
  readonly patientKey?: number | undefined;
  readonly teamId?: string | undefined;
  /** Method, route, ids; never a body. */
  readonly detail: Readonly<Record<string, string | number>>;
  /** How many of the same kind this row stands for. */
  readonly count?: number | undefined;
}

export interface AuditLog {
  /** Resolves with the row's id once it is durable. */
  add(entry: AuditEntry): Promise<number>;
  /** What became of a request that was written down before it was carried out. */
  complete(auditId: number, outcome: Omit<AuditEntry, 'action' | 'detail' | 'count'>): Promise<void>;
  /** What more is to be known of it, e.g. a sealed reason. */
  addDetail(auditId: number, detail: AuditEntry['detail']): Promise<void>;
  /** One row per user, patient, kind and hour; in one statement, also for a page of a thousand patients. */
  addOpenings(
    user: { readonly userId: string; readonly username: string },
    patientKeys: Iterable<number>,
    kind: string,
    now: number,
  ): Promise<void>;
}

/** jsonb refuses NUL, and no control character says anything in a path. */
const toJson = (detail: AuditEntry['detail']): string =>
  JSON.stringify(detail, (_, value: unknown) => (typeof value === 'string' ? value.replace(/\p{Cc}/gu, '') : value));

export function createAuditLog(db: Kysely<Database>): AuditLog {
  const opened = new Set<string>();
  return {
    async add({ userId, actor, action, status, patientKey, teamId, detail, count = 1 }) {
      const { rows } = await sql<{ audit_id: number }>`
        insert into audit_log (user_id, actor, action, status, patient_key, team_id, count, detail)
        values (${userId ?? null}, ${actor}, ${action}, ${status ?? null}, ${patientKey ?? null}, ${teamId ?? null}, ${count},
                ${toJson(detail)}) returning audit_id`.execute(db);
      return rows[0]!.audit_id;
    },

    async complete(auditId, { userId, actor, status, patientKey, teamId }) {
      await sql`
        update audit_log set user_id = coalesce(${userId ?? null}::uuid, user_id), actor = ${actor}, status = ${status ?? null},
          patient_key = coalesce(${patientKey ?? null}::int, patient_key), team_id = coalesce(${teamId ?? null}::uuid, team_id)
        where audit_id = ${auditId}`.execute(db);
    },

    async addDetail(auditId, detail) {
      await sql`update audit_log set detail = detail || ${toJson(detail)}::jsonb where audit_id = ${auditId}`.execute(
        db,
      );
    },

    async addOpenings({ userId, username }, patientKeys, kind, now) {
      const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
      const keyOf = (patientKey: number) => `${userId} ${patientKey} ${kind} ${hour}`;
      const unseen = [...new Set(patientKeys)].filter((patientKey) => !opened.has(keyOf(patientKey)));
      if (unseen.length === 0) return;
      // In one order, so that two who open the same patients don't wait for each other in a circle.
      unseen.sort((a, b) => a - b);
      await sql`
        insert into audit_log (user_id, actor, action, patient_key, kind, hour)
        select ${userId}::uuid, ${username}, 'open', patient_key, ${kind}, ${new Date(hour)}::timestamptz
        from unnest(${unseen}::int[]) as patient_key
        on conflict (user_id, patient_key, kind, hour) where action = 'open' do nothing`.execute(db);
      if (opened.size + unseen.length > MAX_REMEMBERED) opened.clear();
      for (const patientKey of unseen) opened.add(keyOf(patientKey));
    },
  };
}
