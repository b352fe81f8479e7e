// What signed-in clients tried and may not, as rows of the audit: one per client and minute with a count, so that a device that tries
// the same for ever fills nothing. Promise: the first is written within a second.
import type { Pool } from 'pg';
import type { Log } from '../runtime/log.ts';
import type { Session } from './session.ts';

const WRITE_EVERY_MS = 1_000;
const SAME_AGAIN_AFTER_MS = 60_000;
const MAX_TOPIC_CHARACTERS = 120;

export interface RefusalAudit {
  count(session: Session, action: 'foreign_topic' | 'foreign_subscription' | 'foreign_will', topic: string): void;
  /** Writes what has been counted. */
  stop(): Promise<void>;
}

interface Refusals {
  readonly userId: string | undefined;
  readonly actor: string;
  readonly action: string;
  /** The newest. */
  topic: string;
  /** Not yet written. */
  count: number;
  /** performance.now() */
  writtenAt: number;
}

export function createRefusalAudit({ pool, log }: { readonly pool: Pool; readonly log: Log }): RefusalAudit {
  const refusals = new Map<string, Refusals>();
  let timer: NodeJS.Timeout | undefined;

  async function write(pauseMs: number): Promise<void> {
    const now = performance.now();
    const due = [...refusals.values()].filter(({ count, writtenAt }) => count > 0 && now - writtenAt >= pauseMs);
    if (due.length === 0) return;
    const rows = due.map((each) => ({ ...each }));
    for (const each of due) Object.assign(each, { count: 0, writtenAt: now });
    try {
      await insert(pool, rows);
    } catch (error) {
      log.warn({ err: error, rows: rows.length }, 'refused topics could not be written to the audit, trying again');
      for (const [index, each] of due.entries()) each.count += rows[index]!.count;
    }
    for (const [key, { count, writtenAt }] of refusals)
      if (count === 0 && now - writtenAt >= SAME_AGAIN_AFTER_MS) refusals.delete(key);
  }

  async function writeAndSchedule(): Promise<void> {
    await write(SAME_AGAIN_AFTER_MS);
    timer = refusals.size > 0 ? setTimeout(writeAndSchedule, WRITE_EVERY_MS) : undefined;
  }

  return {
    count(session, action, topic) {
      const [actor, userId] =
        session.kind === 'device'
          ? ([`device ${session.device.deviceId}`, undefined] as const)
          : (['user', session.userId] as const);
      const key = `${actor} ${userId} ${action}`;
      const known = refusals.get(key) ?? {
        userId,
        actor,
        action,
        topic,
        count: 0,
        writtenAt: Number.NEGATIVE_INFINITY,
      };
      known.topic = sanitise(topic);
      known.count++;
      refusals.set(key, known);
      timer ??= setTimeout(writeAndSchedule, WRITE_EVERY_MS);
    },
    async stop() {
      clearTimeout(timer);
      await write(0);
      clearTimeout(timer);
    },
  };
}

async function insert(pool: Pool, rows: readonly Refusals[]): Promise<void> {
  await pool.query(
    `insert into audit_log (user_id, actor, action, kind, count, detail)
     select user_id, actor, action, 'mqtt', count, jsonb_build_object('topic', topic)
     from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[]) as r (user_id, actor, action, count, topic)`,
    [
      rows.map(({ userId }) => userId ?? null),
      rows.map(({ actor }) => actor),
      rows.map(({ action }) => action),
      rows.map(({ count }) => count),
      rows.map(({ topic }) => topic),
    ],
  );
}

/** NUL is the one character that Postgres can't store in a text. */
const sanitise = (topic: string) => topic.slice(0, MAX_TOPIC_CHARACTERS).replaceAll('\0', '�');
