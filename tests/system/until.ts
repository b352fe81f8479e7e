// Awaits a condition instead of sleeping and hoping.

/** CI shares its cores with others: what has to come may take longer there. */
const PATIENCE = process.env.CI ? 3 : 1;

/** Resolves with the first value that is neither false nor undefined; throws with `what` when time is up, and at once what the condition throws. */
export async function until<T>(
  what: string,
  withinMs: number,
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  everyMs = 25,
): Promise<T> {
  const patienceMs = withinMs * PATIENCE;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value;
    if (performance.now() >= deadline) throw new Error(`within ${patienceMs} ms it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
