// Talks to /api/v1 with the session cookie. A refusal throws the problem's own sentence, silence throws Unreachable.
import { t } from './texts.ts';
import type { Page } from './wire.ts';

const PATIENCE_MS = 15_000;
const LARGEST_PAGE = 1000;

/** The API's answer was a refusal or a failure. */
export class Problem extends Error {
  readonly status: number;
  /** Of 429: how long to wait. */
  readonly retryAfterS: number | undefined;
  constructor(status: number, message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** No answer: the network, the server, or both are away. What was asked for may have been done. */
export class Unreachable extends Error {}

export const isSignedOut = (error: unknown): boolean => error instanceof Problem && error.status === 401;

/** Cured by waiting: asking again is all there is to do. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof Problem && error.status >= 502);

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { response, text } = await send(method, path, body);
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const answer = isJson ? JSON.parse(text) : undefined;
  if (response.ok) return answer as T;
  const message = answer?.detail ?? answer?.title ?? `${response.status} ${response.statusText}`;
  throw new Problem(response.status, message, Number(response.headers.get('retry-after')) || undefined);
}

async function send(method: string, path: string, body: unknown) {
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { response, text: await response.text() };
  } catch (cause) {
    throw new Unreachable(t.unreachable, { cause });
  }
}

export const get = <T>(path: string): Promise<T> => request<T>('GET', path);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>('POST', path, body);
export const put = <T>(path: string, body: unknown): Promise<T> => request<T>('PUT', path, body);
export const del = (path: string): Promise<void> => request<void>('DELETE', path);

/** Every page of a list. */
export async function getAll<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
    const query = `limit=${LARGEST_PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const page: Page<T> = await get(`${path}${path.includes('?') ? '&' : '?'}${query}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
