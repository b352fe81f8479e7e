/** What an attempt comes to, as one word: `done`, or the code of its failure. */
export const outcomeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
