// The outermost frame of every command: what went wrong is told to the person who typed it, in words, and the exit code says so.
import { writeSync } from 'node:fs';
import { ConfigurationError, StartFailure, TemporaryFailure } from './errors.ts';

/** Ends the process with the command's exit code, 1 when it throws, 2 when the configuration is wrong. */
export async function runCommand(command: () => Promise<number>): Promise<never> {
  try {
    process.exit(await command());
  } catch (error) {
    writeSync(process.stderr.fd, `${tellInWords(error)}\n`);
    process.exit(error instanceof ConfigurationError ? 2 : 1);
  }
}

/** With its causes, each on a line of its own; the stack only of what was not written for a person, because that is a bug. */
export function tellInWords(error: unknown, isStackShown = true): string {
  if (!(error instanceof Error)) return String(error);
  const isForPerson = error instanceof StartFailure || error instanceof TemporaryFailure || !isStackShown;
  const told = isForPerson ? error.message : (error.stack ?? error.message);
  const parts =
    error instanceof AggregateError ? error.errors.map((part: unknown) => `\n${tellInWords(part)}`).join('') : '';
  if (error.cause === undefined || error instanceof ConfigurationError) return told + parts;
  return `${told}${parts}\nbecause: ${tellInWords(error.cause, !isForPerson)}`;
}
