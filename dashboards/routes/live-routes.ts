// Live events for open pages: what has changed, never what it is; the page reads that with its own scope.
import type { Readable } from 'node:stream';
import Type from 'typebox';
import type { ApiRoutes } from '../api-routes.ts';
import { createLiveHub } from '../live/live-hub.ts';
import { callerOf } from '../route-access.ts';

export const liveRoutes: ApiRoutes = (services) => async (server) => {
  const hub = createLiveHub(services);
  const openPages = services.counters.gauge('pulseward_live_pages', 'Pages that follow live events');
  server.addHook('onReady', () => hub.start());
  // Before the server waits for what is under way: these never end by themselves.
  server.addHook('preClose', () => hub.stop());

  server.get(
    '/live',
    {
      config: { access: 'signed_in' },
      schema: {
        tags: ['alerts'],
        description:
          'Server-sent events: `alert` {alertId, patientId}, `patient` {patientId}, and `refresh` where something may have been missed.',
        produces: ['text/event-stream'],
        // A stream goes out as it is.
        response: { 200: Type.Unsafe<Readable>({ type: 'string' }) },
      },
    },
    async (request, reply) => {
      const client = hub.open(callerOf(request));
      openPages.inc();
      client.stream.once('close', () => openPages.dec());
      // It was away: nobody keeps what happened meanwhile.
      if (request.headers['last-event-id'] !== undefined) client.refresh();
      return reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(client.stream);
    },
  );
};
