// Whether what is on screen is current: the live stream is open, and the last question was answered.
// Promise: a page that may be out of date says so, and since when.

/** A restart of the server takes less: not worth a word. */
const SAY_SO_MS = 4_000;

export interface Connection {
  readonly isLive: boolean;
  /** Epoch ms: since then it may be out of date. Absent while it isn't, or only for a moment. */
  readonly staleSince: number | undefined;
  streamIs(open: boolean): void;
  questionWas(answered: boolean): void;
  /** A new sign-in: nothing is known yet. */
  reset(): void;
}

export function createConnection(onChange: () => void): Connection {
  let isOpen = false;
  let isAnswered = true;
  let lostAt: number | undefined;
  let saying: number | undefined;

  function update(): void {
    const isLive = isOpen && isAnswered;
    if (isLive === (lostAt === undefined)) return;
    clearTimeout(saying);
    lostAt = isLive ? undefined : Date.now();
    if (!isLive) saying = window.setTimeout(onChange, SAY_SO_MS);
    onChange();
  }

  return {
    get isLive() {
      return lostAt === undefined;
    },
    get staleSince() {
      return lostAt !== undefined && Date.now() - lostAt >= SAY_SO_MS ? lostAt : undefined;
    },
    streamIs(open) {
      isOpen = open;
      update();
    },
    questionWas(answered) {
      isAnswered = answered;
      update();
    },
    reset() {
      isOpen = false;
      isAnswered = true;
      lostAt = undefined;
      update();
    },
  };
}
