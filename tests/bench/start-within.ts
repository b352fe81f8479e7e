// Servers that end with a stack, also where it is taken down while they are still starting: an interrupted bench leaves nothing behind.

export async function startWithin<T extends { destroy(): Promise<void> }>(
  stack: AsyncDisposableStack,
  starting: Promise<T>,
): Promise<T> {
  // One that fails to start cleans up by itself, and is told to whoever awaits it.
  stack.defer(() =>
    starting.then(
      (started) => started.destroy(),
      () => undefined,
    ),
  );
  return starting;
}
