// API tokens of one's own: for programs, and for MQTT (username `token`).
import Type from 'typebox';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { issueToken, listApiTokens, revokeToken } from '../../storage/registry/tokens.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant, parseOptionalInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { InstantIn, InstantOut, PAGE_QUERY, Page, Strict, Text, Uuid } from '../wire.ts';

const TOKEN_FIELDS = {
  tokenId: Uuid,
  name: Type.Optional(Type.String()),
  createdAt: InstantOut,
  expiresAt: Type.Optional(InstantOut),
};

export const tokenRoutes: ApiRoutes =
  ({ db, now }) =>
  async (server) => {
    const tags = ['users'];

    server.post(
      '/users/me/tokens',
      {
        config: { access: 'signed_in' },
        schema: {
          tags,
          description: 'The token is shown once, here.',
          body: Strict({ name: Type.Optional(Text(100)), expiresAt: Type.Optional(InstantIn) }),
          response: { 201: Type.Object({ ...TOKEN_FIELDS, token: Type.String() }) },
        },
      },
      async (request, reply) => {
        const createdAt = now();
        const { name } = request.body;
        const expiresAt = parseOptionalInstant(request.body.expiresAt, 'expiresAt');
        if (expiresAt !== undefined && expiresAt <= createdAt)
          throw invalid('expiresAt', 'expiresAt must lie in the future.');
        const { tokenId, token } = await issueToken(db, {
          userId: callerOf(request).userId,
          kind: 'api',
          name,
          expiresAt,
        });
        const shown = { tokenId, token, name, createdAt: formatInstant(createdAt) };
        return reply.code(201).send({ ...shown, expiresAt: formatOptionalInstant(expiresAt) });
      },
    );

    server.get(
      '/users/me/tokens',
      {
        config: { access: 'signed_in' },
        schema: { tags, querystring: Strict(PAGE_QUERY), response: { 200: Page(Type.Object(TOKEN_FIELDS)) } },
      },
      async (request) => {
        const tokens = await listApiTokens(db, callerOf(request).userId);
        return pageOfAll(
          tokens,
          request.query,
          ({ tokenId }) => tokenId,
          (token) => ({
            ...token,
            createdAt: formatInstant(token.createdAt),
            expiresAt: formatOptionalInstant(token.expiresAt),
          }),
        );
      },
    );

    server.delete(
      '/users/me/tokens/:tokenId',
      {
        config: { access: 'signed_in' },
        schema: { tags, params: Strict({ tokenId: Uuid }), response: { 204: Type.Null() } },
      },
      async (request, reply) => {
        if (!(await revokeToken(db, callerOf(request).userId, request.params.tokenId))) throw notFound('token');
        return reply.code(204).send(null);
      },
    );
  };
