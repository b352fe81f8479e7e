// What went wrong with something one did, in a line that goes away by itself.

const SHOWN_MS = 8_000;

export function notice(message: string): void {
  const line = document.createElement('p');
  line.className = 'notice';
  line.setAttribute('role', 'alert');
  line.textContent = message;
  document.body.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}

/** Does it, then shows what has become of it; a refusal is told in its own words. */
export async function attempt(action: () => Promise<unknown>, refresh: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    notice((error as Error).message);
  }
  await refresh();
}
