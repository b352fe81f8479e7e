// Who a request comes from: a session's cookie or a bearer token. No CSRF token is needed: the cookie is SameSite=Strict, and a
// body has to be JSON, which no foreign form can send.
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Refusal } from '../storage/registry/refusal.ts';
import { findTokenHolder } from '../storage/registry/tokens.ts';
import type {} from './route-access.ts';
import type { DashboardsServices } from './services.ts';
import { createStrangerBrake } from './stranger-brake.ts';

export const SESSION_COOKIE = 'pulseward_session';

export function authenticate(server: FastifyInstance, { db, access }: DashboardsServices): void {
  const brake = createStrangerBrake();
  server.decorateRequest('signedIn', undefined);

  server.addHook('onRequest', async (request) => {
    const { authorization } = request.headers;
    const bearer = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const token = authorization === undefined ? request.cookies[SESSION_COOKIE] : (bearer ?? '');
    const holder = token === undefined ? undefined : await findTokenHolder(db, token);
    if (holder) {
      const { userId, username, tokenId } = holder;
      request.signedIn = { userId, username, tokenId, access: await access.accessFor(userId) };
    } else if (request.routeOptions.config.access !== 'public') {
      await delay(brake.delayMsFor(request.ip));
      const detail =
        token === undefined
          ? 'Sign in with POST /api/v1/session first.'
          : 'The session or token is unknown, has ended or was revoked: sign in again.';
      throw new Refusal('unauthenticated', detail);
    }
  });
}
