// One structured log per process, JSON lines on stderr (a readable line on a terminal).
// ERROR = data lost or a human is needed now; WARN = odd, recovered; INFO = lifecycle. Promises: no payload, name or token in it.
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { describeError } from './describe-error.ts';
import { createLogPrinter } from './log-printer.ts';

export type Log = Logger;

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

// What must never be read in a log, should somebody hand it over all the same, at the top or one level down.
const PRIVATE_KEYS = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'payload',
  'body',
  'patientName',
  'phone',
  'address',
  'identifiers',
  'contacts',
  'DATABASE_URL',
  'databaseUrl',
  'redisUrl',
];

export interface LogOptions {
  readonly level?: LogLevel | undefined;
  /** The process's part, printed with each line: a role's name or `supervisor`. */
  readonly part: string;
  /** Where lines go; stderr when absent. */
  readonly write?: ((line: string) => void) | undefined;
}

export function createLog({ level = 'info', part, write }: LogOptions): Log {
  const destination = write ? { write } : createLogPrinter(process.stderr);
  return pino(
    {
      level,
      base: { part, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
      redact: { paths: PRIVATE_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '(hidden)' },
    },
    destination,
  );
}
