// What a run tells people: a line while it goes on, a table when it is over.
import type { Fleet, FleetProgress, FleetSummary } from './fleet.ts';

export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const TTY_EVERY_MS = 500;
/** Into a file or a log: seldom. */
const PLAIN_EVERY_MS = 10_000;

/** Returns what stops it. */
export function showProgress(fleet: Pick<Fleet, 'progress'>, output: ProgressOutput): () => void {
  const print = () => {
    const line = progressLine(fleet.progress());
    output.write(output.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(print, output.isTTY ? TTY_EVERY_MS : PLAIN_EVERY_MS);
  return () => {
    clearInterval(timer);
    if (output.isTTY) output.write('\r\u001b[K');
  };
}

export function progressLine(progress: FleetProgress): string {
  const { online, links, published, acknowledged, waiting, reconnects, refused } = progress;
  const parts = [
    `${count(online)} of ${count(links)} connections`,
    `${count(published)} published`,
    `${count(acknowledged)} acknowledged`,
    `${count(waiting)} waiting`,
    `${count(reconnects)} reconnects`,
  ];
  if (refused > 0) parts.push(`${count(refused)} sign-ins refused`);
  return parts.join(', ');
}

export function describeSummary(summary: FleetSummary): string {
  const rows: [string, number, string?][] = [
    ['published', summary.published],
    ['acknowledged', summary.acknowledged],
    ['lost', summary.lost, summary.lost > 0 ? 'not acknowledged when the run ended' : ''],
    ['sent again', summary.resent],
    ['reconnects', summary.reconnects],
    ['rejected', summary.rejected, 'as far as the system told its devices'],
  ];
  if (summary.requests > 0)
    rows.push(['requests', summary.requests, 'to measure again; simulated people keep to their plan']);
  if (summary.refused > 0)
    rows.push(['refused', summary.refused, 'sign-ins: are these devices registered at this broker?']);
  return rows
    .map(([name, value, note]) => `  ${name.padEnd(14)}${count(value).padStart(12)}${note ? `  ${note}` : ''}`)
    .join('\n');
}

const count = (value: number): string => value.toLocaleString('en-US');
