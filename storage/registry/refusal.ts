// A request that can't be carried out as it stands. The edge answers it with a problem; it is never a bug and never logged as one.

export type RefusalCode = 'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_many_attempts';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** What of the request is at fault, as a path such as `contacts/0/address`. */
  readonly field?: string | undefined;
  readonly retryAfterMs?: number | undefined;

  /** `detail` is a sentence for the caller that says what to do; it may hold what the caller sent, and nothing else about anybody. */
  constructor(
    code: RefusalCode,
    detail: string,
    more: { readonly field?: string; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.field = more.field;
    this.retryAfterMs = more.retryAfterMs;
  }
}

export const invalid = (field: string, detail: string): Refusal => new Refusal('invalid', detail, { field });

/** Also for what exists out of the caller's scope: whether it does is nobody's business. */
export const notFound = (what: string): Refusal => new Refusal('not_found', `There is no such ${what}.`);
