// A server that a test started ends with the test run, also with one that is killed.
import { spawn } from 'node:child_process';

/**
 * A shell that reads our end of a pipe kills the server and removes its directories when we are gone; detached, so that a Ctrl-C doesn't
 * end it under the tests' feet. Answers how to let it go.
 */
export function guardAgainstOrphan(pid: number, ...directories: readonly string[]): () => void {
  const script = 'read -r done || { kill -KILL "$1"; shift; rm -rf "$@"; }';
  const guard = spawn('sh', ['-c', script, 'guard', String(pid), ...directories], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return () => guard.stdin.end('done\n');
}
