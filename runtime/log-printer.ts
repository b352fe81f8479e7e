// Where log lines end: JSON as it is into a file or pipe, one readable line each on a terminal.
import { writeSync } from 'node:fs';

interface Terminal {
  readonly fd: number;
  readonly isTTY?: boolean;
}

/** Synchronous, so that the last line before an exit is not lost; logs carry lifecycle, never traffic. */
export function createLogPrinter(terminal: Terminal): { write(line: string): void } {
  const write = (text: string) => {
    try {
      writeSync(terminal.fd, text);
    } catch {
      // Nobody reads the log any more (EPIPE) or can't keep up (EAGAIN): losing a line is better than losing the process.
    }
  };
  return { write: terminal.isTTY ? (line) => write(formatForTerminal(line)) : write };
}

/** `08:05:00.123 WARN  broker  message  key=value …`, the stack of an error below it. */
export function formatForTerminal(line: string): string {
  const { time, level, part, msg, pid: _pid, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(part).padEnd(10)} ${msg ?? ''}`;
  return `${[head, ...fields].join(' ')}${formatError(err)}\n`;
}

function formatError(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { type, message, stack, cause } = err as Record<string, unknown>;
  return `\n    ${type}: ${message}${stack ? `\n${stack}` : ''}${formatError(cause)}`;
}
