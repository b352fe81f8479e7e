// Awaits a condition instead of sleeping and hoping.

/** Resolves with the first value that is neither false nor undefined; throws with `what` and the last failure when time is up. */
export async function until<T>(
  what: string,
  withinMs: number,
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  everyMs = 25,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value;
    if (performance.now() >= deadline) throw new Error(`within ${withinMs} ms it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
