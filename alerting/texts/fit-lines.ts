// A text as long as a vendor takes it. Promise: what comes first and the last two lines, where to look and the reference, stay.

const LAST_LINES = 2;

/** Lines before the last two are left out from the end, `…` standing for them, until it has at most `maxBytes` of UTF-8. */
export function fitLines(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const lines = text.split('\n');
  const last = lines.slice(-LAST_LINES);
  for (let count = lines.length - LAST_LINES - 1; count > 0; count -= 1) {
    const fitted = [...lines.slice(0, count), '…', ...last].join('\n');
    if (Buffer.byteLength(fitted) <= maxBytes) return fitted;
  }
  return last.join('\n');
}
