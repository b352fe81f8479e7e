// Reads the view on screen again, one request after the other: an older answer never covers a newer one. Promise: never rejects.
import type { View } from './page.ts';

export interface Reloader {
  /** From now on this one; the former's answers no longer count. */
  use(view: View | undefined): void;
  readonly view: View | undefined;
  /** Resolves when what was true at the time of the call is on screen, or has failed. */
  reload(): Promise<void>;
}

export interface ReloaderEvents {
  onDone(): void;
  onFailure(error: unknown): void;
}

export function createReloader({ onDone, onFailure }: ReloaderEvents): Reloader {
  let view: View | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function run(asked: View): Promise<void> {
    try {
      await asked.refresh();
      if (asked === view) onDone();
    } catch (error) {
      if (asked === view) onFailure(error);
    }
  }

  function reload(): Promise<void> {
    if (!view) return Promise.resolve();
    if (running) {
      const asked = view;
      next ??= running.then(() => (asked === view ? reload() : undefined));
      return next;
    }
    const mine = run(view).finally(() => {
      if (running !== mine) return;
      running = undefined;
      next = undefined;
    });
    running = mine;
    return mine;
  }

  return {
    use(other) {
      view = other;
      running = undefined;
      next = undefined;
    },
    get view() {
      return view;
    },
    reload,
  };
}
