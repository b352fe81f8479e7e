// Server-sent events: what the viewer may see and what is on screen is read again, at most twice a second.
import type { Change } from './wire.ts';

const MIN_REFRESH_MS = 500;
const TRY_AGAIN_MS = 3_000;
const NAMES = ['alert', 'patient', 'refresh'] as const;

export interface LiveListener {
  concerns(change: Change): boolean;
  onChange(): void;
  onOpen(isOpen: boolean): void;
}

export interface LiveEvents {
  /** Opens a new stream: the present one may be dead without knowing. */
  reopen(): void;
  close(): void;
}

export function followLiveEvents(on: LiveListener): LiveEvents {
  let source: EventSource | undefined;
  let refreshing: number | undefined;
  let opening: number | undefined;
  const changed = () => {
    refreshing ??= window.setTimeout(() => {
      refreshing = undefined;
      on.onChange();
    }, MIN_REFRESH_MS);
  };

  function open(): void {
    close();
    const mine = new EventSource('/api/v1/live');
    source = mine;
    mine.onopen = () => {
      on.onOpen(true);
      // What happened while the connection was away is only known by asking.
      changed();
    };
    mine.onerror = () => {
      on.onOpen(false);
      // It tries again by itself, except where it got an answer that is no stream: the sign-in may have ended, which asking tells.
      if (mine.readyState !== EventSource.CLOSED) return;
      changed();
      opening = window.setTimeout(open, TRY_AGAIN_MS);
    };
    for (const name of NAMES)
      mine.addEventListener(name, ({ data }) => {
        if (name === 'refresh' || on.concerns({ name, ...JSON.parse(data) })) changed();
      });
  }

  function close(): void {
    clearTimeout(refreshing);
    clearTimeout(opening);
    refreshing = undefined;
    source?.close();
  }

  open();
  return { reopen: open, close };
}
