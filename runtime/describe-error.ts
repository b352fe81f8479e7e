// An error as it may stand in a log: an allow-list of fields, because drivers hang rows and payloads on their errors.

export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: DescribedError | undefined;
  readonly errors?: readonly DescribedError[] | undefined;
}

// SQLSTATE class 22 (data exception) and JSON.parse quote the offending value in their message.
const quotesItsInput = (error: Error, code: string | undefined) =>
  error instanceof SyntaxError || (code !== undefined && /^22[0-9A-Z]{3}$/.test(code));
const withoutQuotations = (text: string) => text.replace(/"[^"\n]*"/g, '"…"').replace(/'[^'\n]*'/g, "'…'");

/** Nested causes are followed at most four deep; of a pg error neither `detail` nor `where` is kept. */
export function describeError(error: unknown, depth = 4): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something other than an Error was thrown' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const clean = quotesItsInput(error, code) ? withoutQuotations : (text: string) => text;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: clean(error.message),
    ...(code === undefined ? {} : { code }),
    ...(frames?.length ? { stack: frames.join('\n') } : {}),
    ...(depth > 0 && error.cause !== undefined ? { cause: describeError(error.cause, depth - 1) } : {}),
    ...(depth > 0 && error instanceof AggregateError
      ? { errors: error.errors.map((each: unknown) => describeError(each, depth - 1)) }
      : {}),
  };
}
