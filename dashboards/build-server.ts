// The HTTP server: hooks in the order in which a request meets them, then the routes, a file per resource.
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { Server as TlsServer } from 'node:tls';
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { type Certificate, createCertificateKeeper } from '../runtime/certificate-keeper.ts';
import { API_ROUTES } from './api-routes.ts';
import { auditRequests } from './audit-requests.ts';
import { authenticate } from './authenticate.ts';
import { authorise } from './authorise.ts';
import { countRequests } from './dashboards-counters.ts';
import { isMqttUpgrade, mqttOverWebSocket } from './mqtt/mqtt-over-websocket.ts';
import { createProblemHandler, Problems, problemOf, sendProblem } from './problem.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { optOutRoutes } from './routes/opt-out-routes.ts';
import { securityHeaders } from './security-headers.ts';
import type { DashboardsServices } from './services.ts';
import { acceptEmptyBodies, compileValidator } from './validate-request.ts';
import { webApp } from './web-app.ts';
import { registerWireFormats } from './wire-formats.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
/** A request that is still not whole after this is dropped. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Not listening yet. `close` answers what is under way first. */
export async function buildServer(services: DashboardsServices): Promise<FastifyInstance> {
  registerWireFormats();
  const { config, log } = services;
  const answerProblem = createProblemHandler(log);
  const keeper = config.tls && createCertificateKeeper({ files: config.tls, log });
  const certificate = await keeper?.read();
  const server = Fastify({
    // What the router itself refuses, before there is a route.
    frameworkErrors: answerProblem,
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: () => uuidv7(),
    routerOptions: { maxParamLength: 200 },
    serverFactory: (handler) => createNodeServer(certificate, handler),
  }).withTypeProvider<TypeBoxTypeProvider>();

  if (keeper && server.server instanceof TlsServer) keeper.follow(server.server);
  server.addHook('onClose', async () => keeper?.stop());
  mqttOverWebSocket(server, services);
  server.setValidatorCompiler(compileValidator);
  server.setErrorHandler(answerProblem);
  server.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problemOf(
        404,
        'not_found',
        `There is nothing at ${request.method} ${request.url.split('?')[0]}; /docs lists what there is.`,
      ),
    ),
  );
  takeJsonOnly(server);
  securityHeaders(server, { tls: config.tls !== undefined });
  countRequests(server, services.counters);

  await server.register(cookie);
  await server.register(swagger, {
    openapi: {
      // 3.1 is JSON Schema: what may be null says so by its types.
      openapi: '3.1.0',
      info: { title: 'Pulseward 脉守', version: '1', description: 'Errors are problem+json (RFC 9457).' },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'pulseward_session' },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
  });
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  await server.register(healthRoutes(services));
  await server.register(webApp);
  await server.register(optOutRoutes(services));
  await server.register(
    async (api) => {
      documentProblems(api);
      acceptEmptyBodies(api);
      authenticate(api, services);
      authorise(api, services);
      auditRequests(api, services);
      for (const routes of API_ROUTES) await api.register(routes(services));
    },
    { prefix: '/api/v1' },
  );
  return server;
}

function createNodeServer(certificate: Certificate | undefined, handler: RequestListener): Server {
  const options = { requestTimeout: REQUEST_TIMEOUT_MS, shouldUpgradeCallback: isMqttUpgrade };
  return certificate ? createHttpsServer({ ...options, ...certificate }, handler) : createHttpServer(options, handler);
}

/** Other content types could be sent by a foreign page's form. An empty body is none, whatever type it claims. */
function takeJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body.toString(), done);
  });
}

function documentProblems(api: FastifyInstance): void {
  api.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, response: { ...(route.schema?.response as object), '4xx': Problems } };
  });
}
