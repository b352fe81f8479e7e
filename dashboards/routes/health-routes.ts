// At the root, for whoever runs it: is the process alive, does everything it depends on answer, what does it count.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { printPeerMetrics } from '../../runtime/peers.ts';
import { createReadiness } from '../readiness.ts';
import type { DashboardsServices } from '../services.ts';

const Dependency = Type.Object({ name: Type.String(), ready: Type.Boolean(), detail: Type.Optional(Type.String()) });
const Readiness = Type.Object({ ready: Type.Boolean(), dependencies: Type.Array(Dependency) });

export const healthRoutes =
  (services: DashboardsServices): FastifyPluginAsyncTypebox =>
  async (server) => {
    const { peers, config, log } = services;
    const readiness = createReadiness(services);
    server.addHook('onReady', async () => readiness.start());
    server.addHook('onClose', async () => readiness.stop());

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
        const dependencies = await readiness.measure();
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
