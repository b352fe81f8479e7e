// Server-sent events: what the viewer may see and what is on screen refreshes, at most twice a second.
import type { Change } from './wire.ts';

export type LiveState = 'live' | 'reconnecting';

const MIN_REFRESH_MS = 500;
const TRY_AGAIN_MS = 3_000;
const NAMES = ['alert', 'patient', 'refresh'] as const;

export interface LiveListener {
  concerns(change: Change): boolean;
  onChange(): void;
  onState(state: LiveState): void;
  /** The stream was refused: the sign-in may have ended. */
  onRefused(): void;
}

/** Answers how to stop. */
export function followLiveEvents(on: LiveListener): () => void {
  let source: EventSource;
  let refreshing: number | undefined;
  let opening: number | undefined;
  const changed = () => {
    refreshing ??= window.setTimeout(() => {
      refreshing = undefined;
      on.onChange();
    }, MIN_REFRESH_MS);
  };

  function open(): void {
    source = new EventSource('/api/v1/live');
    source.onopen = () => {
      on.onState('live');
      // What happened while the connection was away is only known by asking.
      changed();
    };
    source.onerror = () => {
      on.onState('reconnecting');
      // It tries again by itself, except where it got an answer that is no stream.
      if (source.readyState !== EventSource.CLOSED) return;
      on.onRefused();
      opening = window.setTimeout(open, TRY_AGAIN_MS);
    };
    for (const name of NAMES)
      source.addEventListener(name, ({ data }) => {
        if (name === 'refresh' || on.concerns({ name, ...JSON.parse(data) })) changed();
      });
  }

  open();
  return () => {
    clearTimeout(refreshing);
    clearTimeout(opening);
    source.close();
  };
}
