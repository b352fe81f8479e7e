// What went wrong with something one did, in a line that goes away by itself.
import { isSignedOut } from './api.ts';

const SHOWN_MS = 10_000;

export function notice(message: string): void {
  for (const former of document.querySelectorAll('.notice')) former.remove();
  const line = document.createElement('p');
  line.className = 'notice';
  line.setAttribute('role', 'alert');
  line.textContent = message;
  document.body.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}

/** Does it once, however often one clicks, then shows what has become of it; a refusal is told in its own words. */
export async function attempt(
  { currentTarget }: Pick<Event, 'currentTarget'>,
  action: () => Promise<unknown>,
  reload: () => Promise<void>,
): Promise<void> {
  const button = currentTarget as HTMLButtonElement;
  button.disabled = true;
  try {
    await action();
  } catch (error) {
    // Reading again leads to the sign-in.
    if (!isSignedOut(error)) notice((error as Error).message);
  }
  await reload();
  button.disabled = false;
}
