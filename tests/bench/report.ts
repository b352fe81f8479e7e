// The bench's figures for people: a column a deployment and one for the peer, a table a load, in Markdown.
import { LOAD_NAMES, LOADS, type LoadName } from './loads.ts';
import type { Figures } from './measure-deployment.ts';
import { PEER_NAME } from './measure-peer.ts';
import type { RequestLatency } from './request-latency.ts';
import type { Throughput } from './throughput.ts';

export interface Report {
  readonly cores: number;
  readonly node: string;
  readonly seconds: number;
  readonly columns: readonly Figures[];
  readonly notes: readonly string[];
}

const ABSENT = '–';
const whole = (value: number) => Math.round(value).toLocaleString('en');
const tenths = (value: number) => value.toFixed(1);
const ms = (value: number | undefined) => (value === undefined ? ABSENT : `${tenths(value)} ms`);
const percentiles = (p50: number | undefined, p99: number | undefined) => `${ms(p50)}, ${ms(p99)}`;

type Row = readonly [label: string, ...cells: string[]];
/** What a row says of a column; undefined: nothing. */
type Cell<T> = (of: T) => string | undefined;

export function printReport({ cores, node, seconds, columns, notes }: Report): void {
  console.log(`\n${cores} cores shared with the load generator, Node ${node}, ${seconds} s a load\n`);
  for (const name of LOAD_NAMES) printLoad(name, columns);
  printTable('once', columns, rowsOf(ONCE, columns));
  for (const note of notes) console.log(note);
}

const LOAD_ROWS: readonly (readonly [string, Cell<Throughput>])[] = [
  ['acknowledged/s', (load) => whole(load.acknowledgedPerSecond)],
  ['stored/s, all of it evaluated where judged', (load) => whole(load.storedPerSecond)],
  ['evaluated', ({ judged }) => judged && `${tenths(100 * judged.evaluatedShare)} %`],
  ['lost (acknowledged, not stored)', (load) => whole(load.lost)],
  ['never acknowledged', (load) => whole(load.unacknowledged)],
  ['ack p50, p99', (load) => percentiles(load.ackP50Ms, load.ackP99Ms)],
  ['caught up after', (load) => `${tenths(load.catchUpSeconds)} s`],
  ['episodes, alerts', ({ judged }) => judged && `${judged.episodes}, ${judged.alerts}`],
];

function printLoad(name: LoadName, columns: readonly Figures[]): void {
  const loads = columns.map(({ throughput }) => throughput[name]);
  if (loads.every((load) => load === undefined)) return;
  const peer = columns.find((column) => column.name === PEER_NAME)?.throughput[name];
  const against: readonly (readonly [string, Cell<Throughput>])[] = peer
    ? [
        ['stored/s against the peer', (load) => `${(load.storedPerSecond / peer.storedPerSecond).toFixed(2)} ×`],
        [
          'acknowledged/s against it',
          (load) => `${(load.acknowledgedPerSecond / peer.acknowledgedPerSecond).toFixed(2)} ×`,
        ],
      ]
    : [];
  const parts = new Set(loads.flatMap((load) => Object.keys(load?.cpu ?? {})));
  const cpu = [...parts].map((part) => {
    const cell: Cell<Throughput> = (load) => (load.cpu[part] === undefined ? undefined : tenths(load.cpu[part]));
    return [`CPU, µs a reading: ${part}`, cell] as const;
  });
  const inAll: Cell<Throughput> = (load) => tenths(Object.values(load.cpu).reduce((sum, each) => sum + each, 0));
  const rows = [...LOAD_ROWS, ...against, ...cpu, ['CPU, µs a reading: in all', inAll] as const];
  printTable(LOADS[name].title, columns, rowsOf(rows, loads));
}

const requests = (latency: RequestLatency | undefined) =>
  latency && `${percentiles(latency.p50Ms, latency.p99Ms)} (the first ${ms(latency.firstMs)})`;

const ONCE: readonly (readonly [string, Cell<Figures>])[] = [
  ['publish → webhook: p50, p99', ({ webhook }) => webhook && percentiles(webhook.p50Ms, webhook.p99Ms)],
  ['… alerts that arrived, of', ({ webhook }) => webhook && `${whole(webhook.arrived)}, ${whole(webhook.alerts)}`],
  [
    '… at readings/s, alerts beside',
    ({ webhook }) => webhook && `${whole(webhook.readingsPerSecond)}, ${whole(webhook.beside)}`,
  ],
  [
    '… medians of its legs',
    ({ webhook }) =>
      webhook &&
      Object.entries(webhook.legsMs)
        .map((leg) => `${leg[0]} ${ms(leg[1])}`)
        .join(', '),
  ],
  ['14-day metrics, a year of CGM: p50, p99', ({ metrics }) => requests(metrics?.ofAYear)],
  ['14-day metrics, 16 days of CGM: p50, p99', ({ metrics }) => requests(metrics?.ofSixteenDays)],
  ['first page of 20,000 patients by risk: p50, p99', ({ risk }) => requests(risk)],
  [
    'start to ready with 20,000 patients',
    ({ startSeconds }) => startSeconds?.map((each) => `${each.toFixed(2)} s`).join(', '),
  ],
  [
    'broker memory per idle connection',
    ({ idleBytes }) => (idleBytes === undefined ? undefined : `${tenths(idleBytes / 1024)} KiB`),
  ],
];

/** Without those that say nothing of any column. */
function rowsOf<T>(rows: readonly (readonly [string, Cell<T>])[], columns: readonly (T | undefined)[]): Row[] {
  return rows
    .map(([label, cell]): Row => [label, ...columns.map((of) => (of === undefined ? undefined : cell(of)) ?? ABSENT)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ABSENT));
}

function printTable(title: string, columns: readonly Figures[], rows: readonly Row[]): void {
  if (rows.length === 0) return;
  const table: Row[] = [[title, ...columns.map(({ name }) => name)], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n]!)).join(' | ')} |`;
  const [head, ...body] = table.map(line);
  console.log([head, line(widths.map((width) => '-'.repeat(width))), ...body, ''].join('\n'));
}
