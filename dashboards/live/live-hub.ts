// Live events from all processes to all open pages: LISTEN, collected for a moment, filtered by what each viewer may see.
// Promises: nobody hears of what is out of their scope; a page whose sign-in has ended is closed; a gap in listening is said to be one.
import type { Log } from '../../runtime/log.ts';
import { createNotificationListener } from '../../storage/notification-listener.ts';
import { type Access, mayInTeam } from '../../storage/registry/access.ts';
import { readHeldTokens } from '../../storage/registry/tokens.ts';
import type { DashboardsServices } from '../services.ts';
import { createLiveClient, type LiveClient } from './live-client.ts';
import { createLiveTopics, type LiveEvent } from './live-topics.ts';

const COLLECT_MS = 100;
const BEAT_MS = 15_000;
const CHECK_SIGN_IN_MS = 3_000;

export interface LiveHub {
  start(): Promise<void>;
  /** Ends every page. */
  stop(): Promise<void>;
  open(viewer: { readonly userId: string; readonly tokenId: string }): LiveClient;
  readonly size: number;
}

export interface LiveHubDeps extends Pick<DashboardsServices, 'db' | 'access'> {
  readonly storage: Pick<DashboardsServices['storage'], 'pool' | 'databaseUrl' | 'changes'>;
  readonly log: Log;
}

export function createLiveHub({ storage, db, access, log }: LiveHubDeps): LiveHub {
  const { pool, databaseUrl, changes } = storage;
  const topics = createLiveTopics({ pool });
  const clients = new Set<LiveClient>();
  const timers: NodeJS.Timeout[] = [];
  const startedAt = Date.now().toString(36);
  let eventCount = 0;
  let heard = nothingHeard();
  let collecting: NodeJS.Timeout | undefined;
  let delivering: Promise<void> = Promise.resolve();
  let stopFollowing: (() => void) | undefined;

  function collect(): void {
    collecting ??= setTimeout(() => {
      collecting = undefined;
      const batch = heard;
      heard = nothingHeard();
      delivering = delivering.then(() => deliver(batch));
    }, COLLECT_MS);
  }

  async function deliver(batch: typeof heard): Promise<void> {
    if (clients.size === 0) return topics.forget();
    try {
      const events = await topics.resolve(batch);
      for (const [userId, open] of Map.groupBy(clients, ({ userId }) => userId)) {
        const visible = visibleTo(await access.accessFor(userId), events);
        if (visible.length > 0) for (const client of open) client.send(visible);
      }
    } catch (err) {
      log.warn({ err }, 'live events could not be handed out: open pages are asked to read again');
      refreshAll();
    }
  }

  const refreshAll = () => {
    for (const client of clients) client.refresh();
  };

  const listener = createNotificationListener({
    databaseUrl,
    channels: ['live'],
    log,
    onNotification(_channel, payload) {
      const [entity, id] = payload.split(' ');
      if (id === undefined || !UUID.test(id)) return;
      if (entity === 'alert') heard.alertIds.add(id);
      else if (entity === 'patient') heard.patientIds.add(id);
      else return;
      collect();
    },
    onConnected: refreshAll,
  });

  async function closeSignedOut(): Promise<void> {
    if (clients.size === 0) return;
    try {
      const held = await readHeldTokens(db, [...new Set([...clients].map(({ tokenId }) => tokenId))]);
      for (const client of clients) if (!held.has(client.tokenId)) client.end();
    } catch (err) {
      log.debug({ err }, 'sign-ins of open pages could not be checked, trying again');
    }
  }

  return {
    get size() {
      return clients.size;
    },
    async start() {
      stopFollowing = changes.onChange((entity, key) => {
        if (entity === 'patient') heard.patientKeys.add(Number(key));
        else if (entity === 'everything') return refreshAll();
        else return;
        collect();
      });
      timers.push(
        setInterval(() => {
          for (const client of clients) client.beat();
        }, BEAT_MS),
        setInterval(closeSignedOut, CHECK_SIGN_IN_MS),
      );
      await listener.start();
    },
    async stop() {
      stopFollowing?.();
      for (const timer of timers) clearInterval(timer);
      clearTimeout(collecting);
      for (const client of clients) client.end();
      await listener.stop();
      await delivering;
    },
    open({ userId, tokenId }) {
      const nextId = () => `${startedAt}-${++eventCount}`;
      const client = createLiveClient({ userId, tokenId, nextId });
      clients.add(client);
      client.stream.once('close', () => clients.delete(client));
      return client;
    },
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const nothingHeard = () => ({
  alertIds: new Set<string>(),
  patientIds: new Set<string>(),
  patientKeys: new Set<number>(),
});

/** An alert that nobody is responsible for is seen by who may see everything. */
function visibleTo(access: Access, events: readonly LiveEvent[]): LiveEvent[] {
  if (access.everywhere.has('read')) return [...events];
  return events.filter(({ teamIds }) => teamIds.some((teamId) => mayInTeam(access, 'read', teamId)));
}
