// When people want a command to end: Ctrl-C, a closed terminal, SIGTERM.

/** npm hands on a signal that the terminal has sent to the whole group already, so one Ctrl-C arrives twice. */
const SAME_REQUEST_MS = 1_000;

/** Resolves at the first request; a later one ends this process at once. */
export function askedToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const ask = () => {
    if (firstAt !== undefined && performance.now() - firstAt > SAME_REQUEST_MS) process.exit(130);
    firstAt ??= performance.now();
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  return promise;
}
