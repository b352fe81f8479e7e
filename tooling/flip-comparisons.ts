// Flips each comparison of the clinical rules and classes, one at a time, and runs their tests: every flip has to turn one red.
//   npm run flip [-- FILE…]     Promise: works on copies; the same tests are green before; a flip that nothing tests is seen to survive.
import { spawn } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyNode, type BinaryExpression, parse } from 'acorn';
import { ancestor } from 'acorn-walk';

const ROOT = join(import.meta.dirname, '..');
/** What judges a reading, a day, a pressure or a visit. */
const JUDGING = [
  'domain/rules/*.ts',
  'domain/blood-pressure/*.ts',
  'domain/smbg/*.ts',
  'domain/follow-up/*.ts',
  'domain/age.ts',
  'domain/clock-offset.ts',
  'domain/correction.ts',
  'domain/glucose-class.ts',
  'domain/plausibility.ts',
  'domain/suspect-reading.ts',
  'domain/metrics/ambulatory-profile.ts',
  'domain/metrics/automatic-active.ts',
  'domain/metrics/compression-low.ts',
  'domain/metrics/day-summary.ts',
  'domain/metrics/events-of-segment.ts',
  'domain/metrics/glucose-events.ts',
  'domain/metrics/glucose-grid.ts',
  'domain/metrics/glucose-targets.ts',
  'domain/metrics/glucose-risk.ts',
  'domain/metrics/grid-slot.ts',
  'domain/metrics/gri.ts',
  'domain/metrics/latest-glucose.ts',
  'domain/metrics/mage.ts',
  'domain/metrics/period-change.ts',
  'domain/metrics/rate-of-change.ts',
  'domain/metrics/risk-bands.ts',
  'domain/metrics/single-trace.ts',
  'domain/metrics/slot-coverage.ts',
  'domain/metrics/sufficiency.ts',
  'domain/care/hypoglycaemia-risk.ts',
  'domain/care/treatment.ts',
];
const FLIPPED: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
/** A test that a flip keeps from ending is red, too, and told apart: on a busy machine it may only be slow. */
const TEST_WITHIN_MS = 240_000;
const WORKERS = 2;
/** Of the unit tests of `domain`, those that take most of the time. */
const LONG = [
  '**/*-properties.test.ts',
  '**/arrival-order*.test.ts',
  '**/mixed-arrivals.test.ts',
  '**/on-call/*.test.ts',
];
/** Imported by nothing: if flipping this turned something red, so would anything. */
const UNTESTED = { file: 'domain/untested-probe.ts', source: 'export const probe = (value: number) => value < 3;\n' };

type Outcome = 'green' | 'red' | 'endless';

interface Flip {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
  readonly mutated: string;
  readonly source: string;
}

function flipsOf(file: string, source = readFileSync(join(ROOT, file), 'utf8')): Flip[] {
  // Types become blanks, so what is found lies at the same place in the source.
  const program = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  const flips: Flip[] = [];
  ancestor(program, {
    BinaryExpression(node: BinaryExpression, _state: unknown, ancestors: AnyNode[]) {
      const to = FLIPPED[node.operator];
      if (to === undefined || boundsLoop(node, ancestors)) return;
      const at = operatorAt(source, node);
      const { line, column } = node.loc!.start;
      const mutated = source.slice(0, at) + to + source.slice(at + node.operator.length);
      flips.push({ file, line, column: column + 1, from: node.operator, to, mutated, source });
    },
  });
  return flips;
}

/** `i < length` of `for (let i = …`: no comparison of anything clinical, and flipped some never end. */
function boundsLoop({ left }: BinaryExpression, ancestors: readonly AnyNode[]): boolean {
  return ancestors.some((outer, depth) => {
    if (outer.type !== 'ForStatement' || outer.test !== ancestors[depth + 1]) return false;
    if (left.type !== 'Identifier' || outer.init?.type !== 'VariableDeclaration') return false;
    return outer.init.declarations.some(({ id }) => id.type === 'Identifier' && id.name === left.name);
  });
}

function operatorAt(source: string, { left, right, operator }: BinaryExpression): number {
  // Behind the left operand and its `!` or `as`, whose own characters are none of an operator's.
  const at = source.lastIndexOf(operator, right.start - 1);
  if (at < left.end) throw new Error(`no ${operator} between ${left.end} and ${right.start}`);
  return at;
}

/** What the copy's tests say: first the file's own, then what imports it, what takes long last. */
async function test(copy: string, { file }: Flip): Promise<Outcome> {
  const own = file.replace(/\.ts$/, '.test.ts');
  const quick = LONG.flatMap((tests) => ['--exclude', tests]);
  const runs = [
    ['related', file, '--run', ...quick],
    ['related', file, '--run'],
  ];
  for (const command of globSync(own, { cwd: copy }).length > 0 ? [['run', own], ...runs] : runs) {
    const outcome = await outcomeOf(copy, command);
    if (outcome !== 'green') return outcome;
  }
  return 'green';
}

function outcomeOf(copy: string, command: readonly string[], withinMs = TEST_WITHIN_MS): Promise<Outcome> {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const options = [
    '--project',
    'unit',
    '--bail',
    '1',
    '--reporter',
    'dot',
    '--no-isolate',
    '--maxWorkers',
    '1',
    '--passWithNoTests',
  ];
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, [vitest, ...command, ...options], {
      cwd: copy,
      stdio: 'ignore',
      timeout: withinMs,
      killSignal: 'SIGKILL',
    });
    run.once('error', reject);
    run.once('exit', (code, signal) => resolve(code === 0 ? 'green' : signal === null ? 'red' : 'endless'));
  });
}

function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'pulseward-flip-'));
  // No other folder's tests: one that lacks something would be red whatever is flipped.
  const tests = ['cases', 'readings', 'on-call', 'alerts', 'clinical-cases.json'].map((part) => `tests/${part}`);
  const parts = ['domain', 'tooling', ...tests];
  for (const part of [...parts, 'vitest.config.ts', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  writeFileSync(join(copy, UNTESTED.file), UNTESTED.source);
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

const asked = process.argv.slice(2);
const files = globSync(asked.length > 0 ? asked : JUDGING, { cwd: ROOT })
  .filter((file) => !file.endsWith('.test.ts'))
  .toSorted();
const waiting = files.map((file) => flipsOf(file)).filter((flips) => flips.length > 0);
const total = waiting.flat().length;
const survived: Flip[] = [];
const endless: Flip[] = [];

async function testWith(copy: string, flip: Flip): Promise<Outcome> {
  const path = join(copy, flip.file);
  writeFileSync(path, flip.mutated);
  const outcome = await test(copy, flip);
  writeFileSync(path, flip.source);
  return outcome;
}

async function work(copy: string): Promise<void> {
  for (const probe of flipsOf(UNTESTED.file, UNTESTED.source))
    if ((await testWith(copy, probe)) !== 'green') throw new Error('a flip that nothing tests turned a test red');
  for (let flips = waiting.shift(); flips !== undefined; flips = waiting.shift()) {
    console.log(`${flips[0]!.file}: ${flips.length} comparisons, ${waiting.length} files to go`);
    for (const flip of flips) {
      const outcome = await testWith(copy, flip);
      if (outcome === 'red') continue;
      (outcome === 'green' ? survived : endless).push(flip);
      console.log(
        `${outcome === 'green' ? 'survived' : 'no end'}: ${flip.file}:${flip.line}:${flip.column}  ${flip.from} to ${flip.to}`,
      );
      console.log(`  ${flip.source.split('\n')[flip.line - 1]!.trim()}`);
    }
  }
}

const copies = Array.from({ length: WORKERS }, makeCopy);
if ((await outcomeOf(copies[0]!, ['related', ...files, '--run'], 5 * TEST_WITHIN_MS)) !== 'green')
  throw new Error('the tests fail before anything is flipped');
const ends = await Promise.allSettled(copies.map(work));
for (const copy of copies) rmSync(copy, { recursive: true, force: true });
for (const end of ends) if (end.status === 'rejected') throw end.reason;
console.log(
  `${total} comparisons in ${files.length} files flipped: ${total - survived.length} turned a test red (${endless.length} by keeping it from ending), ${survived.length} survived`,
);
process.exitCode = survived.length === 0 && total > 0 ? 0 : 1;
