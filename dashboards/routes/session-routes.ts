// Signing in and out.
import Type from 'typebox';
import { signIn } from '../../storage/registry/sign-in.ts';
import { issueToken, revokeToken } from '../../storage/registry/tokens.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { SESSION_COOKIE } from '../authenticate.ts';
import { formatInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import { InstantOut, Strict, Text, Uuid } from '../wire.ts';

/** A working day; then the password is asked for again. */
const SESSION_MS = 12 * 3_600_000;

const Session = Type.Object({ token: Type.String(), userId: Uuid, username: Type.String(), expiresAt: InstantOut });

export const sessionRoutes: ApiRoutes =
  ({ config, db, access, now }) =>
  async (server) => {
    const cookie = {
      httpOnly: true,
      sameSite: 'strict' as const,
      secure: config.tls !== undefined || config.publicUrl.startsWith('https:'),
      path: '/',
    };
    const tags = ['sign-in'];

    server.post(
      '/session',
      {
        config: { access: 'public' },
        schema: {
          tags,
          security: [],
          description:
            'The token also comes as a cookie. Too many wrong passwords from one address make it wait (429).',
          body: Strict({
            username: Text(64),
            password: Type.String({ minLength: 1, maxLength: 256 }),
          }),
          response: { 201: Session },
        },
      },
      async (request, reply) => {
        const { userId, username } = await signIn(db, { ...request.body, address: request.ip });
        const expiresAt = now() + SESSION_MS;
        const { token, tokenId } = await issueToken(db, { userId, kind: 'session', expiresAt });
        request.signedIn = { userId, username, tokenId, access: await access.accessFor(userId) };
        return reply
          .setCookie(SESSION_COOKIE, token, { ...cookie, expires: new Date(expiresAt) })
          .code(201)
          .send({ token, userId, username, expiresAt: formatInstant(expiresAt) });
      },
    );

    server.delete(
      '/session',
      { config: { access: 'signed_in' }, schema: { tags, response: { 204: Type.Null() } } },
      async (request, reply) => {
        const { userId, tokenId } = callerOf(request);
        await revokeToken(db, userId, tokenId);
        return reply.clearCookie(SESSION_COOKIE, cookie).code(204).send(null);
      },
    );
  };
