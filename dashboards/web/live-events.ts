// Server-sent events: any change the viewer may see refreshes the view, at most twice a second.

export type LiveState = 'live' | 'reconnecting';

const MIN_REFRESH_MS = 500;

export function followLiveEvents(on: { onChange: () => void; onState: (state: LiveState) => void }): () => void {
  const source = new EventSource('/api/v1/live');
  let timer: number | undefined;
  const changed = () => {
    timer ??= window.setTimeout(() => {
      timer = undefined;
      on.onChange();
    }, MIN_REFRESH_MS);
  };
  source.onopen = () => {
    on.onState('live');
    // What happened while the connection was away is only known by asking.
    changed();
  };
  source.onerror = () => on.onState('reconnecting');
  for (const name of ['alert', 'patient', 'refresh']) source.addEventListener(name, changed);
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
