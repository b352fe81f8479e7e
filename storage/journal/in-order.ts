// Appends of one process, one after the other, in the order of their calls: an engine's own order is that of its commits.
import type { Journal } from '../ports/journal.ts';

/** The journal's `append` over one that may be called once at a time only. */
export function inOrder(append: Journal['append']): Journal['append'] {
  let lastAppend: Promise<void> = Promise.resolve();
  return (records) => {
    if (records.length === 0) return lastAppend;
    const appended = lastAppend.then(() => append(records));
    // The next one waits for this one's end, whatever that was.
    lastAppend = appended.catch(() => {});
    return appended;
  };
}
