// What sessions of devices that may come back have subscribed to. Aedes is told that every session is clean: it would keep them for
// ever, and what they may not hear with them. Promise: bounded; whose session is forgotten is told so at its CONNECT (no session present).
import type { DeviceConnection } from './device-connection.ts';

/** Over all sessions, about 50 MB; the sessions that began longest ago go first. */
const MAX_TOPICS = 200_000;

type Topics = Map<string, number>;

export interface KeptSubscriptions {
  /** At the beginning of a session: QoS by topic of the one it resumes. */
  begin(connection: DeviceConnection): ReadonlyMap<string, number>;
  add(connection: DeviceConnection, topic: string, qos: number): void;
  remove(connection: DeviceConnection, topic: string): void;
  /** The session goes on elsewhere. */
  forget(sessionId: string): void;
}

export function createKeptSubscriptions(maxTopics = MAX_TOPICS): KeptSubscriptions {
  /** By session. */
  const kept = new Map<string, Topics>();
  let size = 0;

  function forget(sessionId: string): void {
    size -= kept.get(sessionId)?.size ?? 0;
    kept.delete(sessionId);
  }

  return {
    begin({ clean, sessionId }) {
      const topics: Topics = (clean ? undefined : kept.get(sessionId)) ?? new Map();
      forget(sessionId);
      if (topics.size > 0) {
        kept.set(sessionId, topics);
        size += topics.size;
      }
      return new Map(topics);
    },
    add({ clean, sessionId }, topic, qos) {
      if (clean) return;
      const topics: Topics = kept.get(sessionId) ?? new Map();
      if (!topics.has(topic)) size++;
      kept.set(sessionId, topics.set(topic, qos));
      for (const oldest of kept.keys()) {
        if (size <= maxTopics) break;
        forget(oldest);
      }
    },
    remove({ sessionId }, topic) {
      const topics = kept.get(sessionId);
      if (!topics?.delete(topic)) return;
      size--;
      if (topics.size === 0) kept.delete(sessionId);
    },
    forget,
  };
}
