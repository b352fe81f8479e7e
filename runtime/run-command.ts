// The outermost frame of every command: what went wrong is told to the person who typed it, in words, and the exit code says so.
import { writeSync } from 'node:fs';
import { ConfigurationError } from './errors.ts';

/** Errors whose message is written for the user; of any other the stack is printed too, because it is a bug. */
const IN_WORDS = new Set([
  'ConfigurationError',
  'PostgresStartFailure',
  'DataDirectoryInUse',
  'RoleStartFailure',
  'DatabaseUnusable',
]);

/** Ends the process with the command's exit code, 1 when it throws, 2 when the configuration is wrong. */
export async function runCommand(command: () => Promise<number>): Promise<never> {
  try {
    process.exit(await command());
  } catch (error) {
    writeSync(process.stderr.fd, `${tellInWords(error)}\n`);
    process.exit(error instanceof ConfigurationError ? 2 : 1);
  }
}

/** With its causes, each on a line of its own. */
export function tellInWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const told = IN_WORDS.has(error.name) ? error.message : (error.stack ?? error.message);
  const parts =
    error instanceof AggregateError ? error.errors.map((part: unknown) => `\n${tellInWords(part)}`).join('') : '';
  if (error.cause === undefined || error instanceof ConfigurationError) return told + parts;
  return `${told}${parts}\nbecause: ${tellInWords(error.cause)}`;
}
