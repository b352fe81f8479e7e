// Between a broker and its journal: commits can be held back and made to fail.
import type { Journal } from '../../storage/ports/journal.ts';

export interface JournalGate {
  readonly around: (journal: Journal) => Pick<Journal, 'append'>;
  /** Commits wait from now on. */
  hold(): void;
  release(): void;
  /** Commits fail from now on; with undefined they succeed again. */
  fail(error: Error | undefined): void;
  /** How often a commit was asked for. */
  attempts(): number;
}

export function createJournalGate(): JournalGate {
  let open = Promise.resolve();
  let release = () => {};
  let failure: Error | undefined;
  let attempts = 0;
  return {
    around: (journal) => ({
      async append(records) {
        attempts++;
        await open;
        if (failure) throw failure;
        await journal.append(records);
      },
    }),
    hold() {
      open = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    fail(error) {
      failure = error;
    },
    attempts: () => attempts,
  };
}
