// Where one was in a list: a new view begins at its top, the way back leads to where one left. (The browser's own restoring comes too early:
// the list isn't there yet.)

export interface Scrolling {
  /** A view is about to be loaded: reads where one was in it, before its emptiness is taken for an answer. */
  remember(): void;
  /** It is on screen. */
  restore(): void;
}

export function keepScrolling(): Scrolling {
  history.scrollRestoration = 'manual';
  let isWaiting = true;
  let from = placeIn(history.state);
  addEventListener('scrollend', () => {
    if (!isWaiting) history.replaceState({ scrollY }, '');
  });
  return {
    remember() {
      isWaiting = true;
      from = placeIn(history.state);
    },
    restore() {
      scrollTo(0, from);
      isWaiting = false;
    },
  };
}

const placeIn = (state: unknown): number => {
  const { scrollY: place } = (state ?? {}) as { readonly scrollY?: unknown };
  return typeof place === 'number' ? place : 0;
};
