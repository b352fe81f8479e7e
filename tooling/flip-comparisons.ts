// Flips each comparison of the clinical rules and classes, one at a time, and runs their tests: every flip has to turn one red.
//   npm run flip [-- FILE…]          Promise: works on copies; what it prints as survived can be read off a line and a column.
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
  'domain/glucose-class.ts',
  'domain/plausibility.ts',
  'domain/suspect-reading.ts',
  'domain/metrics/compression-low.ts',
  'domain/metrics/events-of-segment.ts',
  'domain/metrics/flatline.ts',
  'domain/metrics/glucose-events.ts',
  'domain/metrics/glucose-targets.ts',
  'domain/metrics/glucose-risk.ts',
  'domain/metrics/gri.ts',
  'domain/metrics/period-change.ts',
  'domain/metrics/rate-of-change.ts',
  'domain/metrics/sufficiency.ts',
  'domain/care/hypoglycaemia-risk.ts',
];
const FLIPPED: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
/** A test that a flip keeps from ending is red, too. */
const TEST_WITHIN_MS = 120_000;
const WORKERS = 2;

interface Flip {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
  readonly mutated: string;
  readonly source: string;
}

/** Bounds of counting loops are left out: they are no comparison of anything clinical, and some never end. */
function flipsOf(file: string): Flip[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  // Types become blanks, so what is found lies at the same place in the source.
  const program = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  const flips: Flip[] = [];
  ancestor(program, {
    BinaryExpression(node: BinaryExpression, _state: unknown, ancestors: AnyNode[]) {
      const to = FLIPPED[node.operator];
      if (
        to === undefined ||
        ancestors.some((outer, i) => outer.type === 'ForStatement' && outer.test === ancestors[i + 1])
      )
        return;
      const at = operatorAt(source, node);
      const { line, column } = node.loc!.start;
      const mutated = source.slice(0, at) + to + source.slice(at + node.operator.length);
      flips.push({ file, line, column: column + 1, from: node.operator, to, mutated, source });
    },
  });
  return flips;
}

function operatorAt(source: string, { left, right, operator }: BinaryExpression): number {
  // Behind the left operand and its `!` or `as`, whose own characters are none of an operator's.
  const at = source.lastIndexOf(operator, right.start - 1);
  if (at < left.end) throw new Error(`no ${operator} between ${left.end} and ${right.start}`);
  return at;
}

/** Whether some test of the copy fails: first the file's own, then everything that imports it. */
async function turnsRed(copy: string, { file }: Flip): Promise<boolean> {
  const own = file.replace(/\.ts$/, '.test.ts');
  if (globSync(own, { cwd: copy }).length > 0 && (await fails(copy, ['run', own]))) return true;
  return fails(copy, ['related', file, '--run']);
}

function fails(copy: string, command: readonly string[]): Promise<boolean> {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['--project', 'unit', '--bail', '1', '--reporter', 'dot', '--maxWorkers', '1', '--passWithNoTests'];
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, [vitest, ...command, ...options], {
      cwd: copy,
      stdio: 'ignore',
      timeout: TEST_WITHIN_MS,
      killSignal: 'SIGKILL',
    });
    run.once('error', reject);
    run.once('exit', (code) => resolve(code !== 0));
  });
}

function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'pulseward-flip-'));
  for (const part of [
    'domain',
    'runtime',
    'tooling',
    'tests/cases',
    'tests/readings',
    'simulators',
    'tests/clinical-cases.json',
    'vitest.config.ts',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

const asked = process.argv.slice(2);
const files = globSync(asked.length > 0 ? asked : JUDGING, { cwd: ROOT })
  .filter((file) => !file.endsWith('.test.ts'))
  .toSorted();
const waiting = files.flatMap(flipsOf);
const total = waiting.length;
const survived: Flip[] = [];
const copies: string[] = [];
try {
  const work = async () => {
    const copy = makeCopy();
    copies.push(copy);
    if (await fails(copy, ['run', 'domain'])) throw new Error('the tests fail before anything is flipped');
    for (let flip = waiting.shift(); flip !== undefined; flip = waiting.shift()) {
      const path = join(copy, flip.file);
      writeFileSync(path, flip.mutated);
      const red = await turnsRed(copy, flip);
      writeFileSync(path, flip.source);
      if (red) continue;
      survived.push(flip);
      console.log(`survived: ${flip.file}:${flip.line}:${flip.column}  ${flip.from} to ${flip.to}`);
      console.log(`  ${flip.source.split('\n')[flip.line - 1]!.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
console.log(
  `${total} comparisons in ${files.length} files flipped: ${total - survived.length} turned a test red, ${survived.length} survived`,
);
process.exitCode = survived.length === 0 && total > 0 ? 0 : 1;
