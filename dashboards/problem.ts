// Every refusal and failure as problem+json (RFC 9457), in one place. Promise: a bug's text never leaves, only its request's id.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { TemporaryFailure } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { isPostgresOutage, sqlStateOf } from '../storage/postgres-outage.ts';
import { Refusal, type RefusalCode } from '../storage/registry/refusal.ts';
import { type FieldError, InvalidRequest } from './validate-request.ts';

const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  /** What of the request is at fault. */
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), detail: Type.String() }))),
  requestId: Type.Optional(Type.String()),
});
export type Problem = Type.Static<typeof ProblemSchema>;
/** As routes document it. */
export const Problems = { description: 'RFC 9457', content: { 'application/problem+json': { schema: ProblemSchema } } };

const STATUS_OF: Readonly<Record<RefusalCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_many_attempts: 429,
};
const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Not signed in',
  403: 'Not permitted',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'In conflict with what is there',
  413: 'Too large',
  414: 'Too long an address',
  415: 'Content type not supported',
  429: 'Too many attempts',
  500: 'Internal error',
  503: 'Temporarily unavailable',
};

export function problemOf(status: number, code: string, detail?: string, errors?: readonly FieldError[]): Problem {
  return {
    type: `urn:pulseward:problem:${code}`,
    title: TITLES[status] ?? 'The request failed',
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}

/** Fastify's error handler. */
export function createProblemHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { problem, retryAfterMs } = toProblem(error);
    if (problem.status >= 500) {
      const line = { err: error, requestId: request.id, method: request.method, route: request.routeOptions.url };
      if (problem.status === 503) log.warn(line, 'a request met something that is away');
      else log.error(line, 'a request met a bug');
      problem.requestId = request.id;
    }
    // Answered, yet a schema let it pass that should not have: what to mend is the route, and the value stays out of the log.
    else if (isUnstorable(error))
      log.warn(
        { code: sqlStateOf(error), requestId: request.id, route: request.routeOptions.url },
        'no schema refused it',
      );
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="pulseward"');
    return sendProblem(reply, problem);
  };
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem);
}

function toProblem(error: unknown): { problem: Problem; retryAfterMs?: number | undefined } {
  if (error instanceof InvalidRequest) return { problem: problemOf(400, 'invalid', error.message, error.errors) };
  if (error instanceof Refusal) {
    const errors = error.field === undefined ? undefined : [{ field: error.field, detail: error.message }];
    const problem = problemOf(STATUS_OF[error.code], error.code, error.message, errors);
    return { problem, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof TemporaryFailure || isPostgresOutage(error)) {
    const detail = 'Something that Pulseward needs is away: try again in a few seconds.';
    return { problem: problemOf(503, 'unavailable', detail), retryAfterMs: 5_000 };
  }
  if (isUnstorable(error)) {
    const detail =
      'A value in the request can’t be stored: it is out of range, or holds characters that text can’t have.';
    return { problem: problemOf(400, 'invalid', detail) };
  }
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    const code = error.code.replace(/^FST_ERR_(CTP_)?/, '').toLowerCase();
    return { problem: problemOf(error.statusCode, code, REMEDIES[error.code] ?? error.message) };
  }
  return { problem: problemOf(500, 'internal', 'This is a bug in Pulseward: its log tells more under the requestId.') };
}

const REMEDIES: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The address holds a % that begins no valid escape: write a percent sign as %25.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long to be an id: take it as the API gave it.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send the body as JSON, with content-type: application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large: 1 MiB at most.',
};

/** A value that no schema refused and Postgres can't hold (SQLSTATE class 22, data exception). Its text may quote the value. */
const isUnstorable = (error: unknown): boolean => sqlStateOf(error)?.startsWith('22') ?? false;

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && 'statusCode' in error && 'code' in error && typeof error.code === 'string';
