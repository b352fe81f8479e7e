// `npm run cases -- FILE`: a line for every case of the file: pass, or what was expected and what came. Exit code 1 where any fails.
import { readFileSync } from 'node:fs';
import { type ClinicalCase, runCase } from './run-case.ts';

function readCases(path: string): Partial<ClinicalCase>[] {
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const cases = Array.isArray(content) ? content : (content as { cases?: unknown } | null)?.cases;
  if (!Array.isArray(cases)) throw new SyntaxError('it has no list `cases`');
  return cases;
}

function outcomeOf({ kind, input, expected }: Partial<ClinicalCase>): string[] {
  if (typeof kind !== 'string') return ['no kind'];
  if (typeof input !== 'object' || input === null) return ['no input'];
  if (typeof expected !== 'object' || expected === null) return ['nothing expected'];
  if (Object.keys(expected).length === 0) return ['nothing expected'];
  try {
    return runCase({ kind, input, expected });
  } catch (error) {
    // A case must not hide those after it; what it did is told in its line.
    return [`the domain threw ${String(error)}`];
  }
}

function main(path: string | undefined): number {
  if (path === undefined) {
    process.stderr.write('Usage: npm run cases -- FILE (a file of the shape of tests/clinical-cases.json)\n');
    return 2;
  }
  let cases: Partial<ClinicalCase>[];
  try {
    cases = readCases(path);
  } catch (error) {
    process.stderr.write(`${path} is no file of cases: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  let failed = 0;
  for (const [index, one] of cases.entries()) {
    const wrong = outcomeOf(one ?? {});
    if (wrong.length > 0) failed += 1;
    const name = `${one?.id ?? `#${index + 1}`} ${one?.kind ?? '?'}`;
    process.stdout.write(
      `${wrong.length === 0 ? 'pass' : 'FAIL'} ${name}${wrong.length ? `: ${wrong.join('; ')}` : ''}\n`,
    );
  }
  process.stdout.write(`cases: ${cases.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv[2]);
