// The three fates of an error (DESIGN §9.3): an InvalidMessage is rejected, a TemporaryFailure is tried again, anything else is a bug.
// A ConfigurationError ends a start before anything was touched.

/** The sender's fault and final: becomes a rejection. `code` is one of DESIGN §7's rejection codes; `detail` is for the sender, never for logs. */
export class InvalidMessage extends Error {
  override readonly name = 'InvalidMessage';
  readonly code: string;
  readonly detail: string;

  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Nobody's fault and passing (a database that restarts, a receiver that answers 503): the role's loop tries again. */
export class TemporaryFailure extends Error {
  override readonly name = 'TemporaryFailure';
  /** A short snake_case reason for counters, e.g. `journal_unavailable`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Keeps a command from starting. Its message is written for the person who typed it: no stack is shown beside it. */
export class StartFailure extends Error {
  override readonly name: string = 'StartFailure';
}

export interface ConfigurationProblem {
  /** The variable, option or file at fault. */
  readonly name: string;
  /** What was found there; secrets are given as `(hidden)`. */
  readonly given: string;
  /** What would be right, as a sentence that completes "allowed: …". */
  readonly allowed: string;
}

/** Carries every problem of a configuration, so that one correction suffices. */
export class ConfigurationError extends StartFailure {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ name, given, allowed }) => `  ${name}: given ${given}; allowed: ${allowed}`);
    super(`The configuration can't be used (${problems.length} to correct):\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
