// At the root, for whoever runs it: is the process alive, does everything it depends on answer, what does it count.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { TemporaryFailure } from '../../runtime/errors.ts';
import { printPeerMetrics } from '../../runtime/peers.ts';
import type { DashboardsServices } from '../services.ts';

const ANSWER_WITHIN_MS = 2_000;
const Dependency = Type.Object({ name: Type.String(), ready: Type.Boolean(), detail: Type.Optional(Type.String()) });
const Readiness = Type.Object({ ready: Type.Boolean(), dependencies: Type.Array(Dependency) });
type Dependency = Type.Static<typeof Dependency>;

/** Resolves with what is worth saying; rejects where it isn't ready. */
type Check = () => Promise<string | undefined>;

export const healthRoutes =
  ({ storage, peers, config, log }: DashboardsServices): FastifyPluginAsyncTypebox =>
  async (server) => {
    const checks: readonly (readonly [string, Check])[] = [
      ['database', async () => void (await storage.pool.query('select 1'))],
      [
        'journal',
        async () => {
          const { unconsumedBytes, maxUnconsumedBytes } = await storage.journal.heads();
          const detail = `${unconsumedBytes} of at most ${maxUnconsumedBytes} bytes wait for ingest`;
          if (unconsumedBytes >= maxUnconsumedBytes) throw new NotReady(detail);
          return detail;
        },
      ],
      ['queue', async () => void (await storage.jobQueue.ping())],
      ...(storage.redis ? [['redis', async () => void (await storage.redis?.ping())] as const] : []),
      ...(storage.influx ? [['influxdb', async () => void (await storage.influx?.ping())] as const] : []),
      [
        'roles',
        async () => {
          const statuses = await peers.statuses();
          const away = statuses.filter(({ state }) => state !== 'ready');
          if (away.length > 0) throw new NotReady(away.map(({ role, state }) => `${role} is ${state}`).join(', '));
          return statuses.map(({ role }) => role).join(', ');
        },
      ],
    ];

    const tags = ['operation'];
    server.get(
      '/healthz',
      { schema: { tags, security: [], response: { 200: Type.Object({ status: Type.Literal('alive') }) } } },
      async () => ({ status: 'alive' as const }),
    );

    server.get(
      '/readyz',
      { schema: { tags, security: [], response: { 200: Readiness, 503: Readiness } } },
      async (_request, reply) => {
        const dependencies = await Promise.all(checks.map(([name, check]) => ask(name, check)));
        const ready = dependencies.every((dependency) => dependency.ready);
        if (!ready) log.debug({ dependencies }, 'not ready');
        return reply.code(ready ? 200 : 503).send({ ready, dependencies });
      },
    );

    server.get(
      '/metrics',
      {
        schema: {
          tags,
          security: [],
          description: `Prometheus text format of ${config.roles.join(', ')}`,
          response: { 200: Type.String() },
        },
      },
      async (_request, reply) =>
        reply.type('text/plain; version=0.0.4; charset=utf-8').send(await printPeerMetrics(peers)),
    );
  };

/** Why something isn't ready, in words that may leave the process. */
class NotReady extends Error {
  override readonly name = 'NotReady';
}

async function ask(name: string, check: Check): Promise<Dependency> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(
    () => timer.reject(new NotReady(`no answer within ${ANSWER_WITHIN_MS} ms`)),
    ANSWER_WITHIN_MS,
  );
  try {
    const detail = await Promise.race([check(), timer.promise]);
    return { name, ready: true, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    // What a driver says may hold addresses: it stays inside. A TemporaryFailure is in our own words.
    const isOurs = error instanceof NotReady || error instanceof TemporaryFailure;
    return { name, ready: false, detail: isOurs ? error.message : 'does not answer' };
  } finally {
    clearTimeout(timeout);
  }
}
