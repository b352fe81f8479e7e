// Reading a command line by a table of options, and printing that table as help.
// Promise: every option that is unknown, lacks its value or has one too many is reported, not only the first.
import { parseArgs } from 'node:util';
import type { ConfigurationProblem } from '../runtime/errors.ts';

export interface OptionRow {
  /** What stands for the value in the help; absent: a switch. */
  readonly value?: string;
  readonly fallback?: string;
  /** What it does, for the help. */
  readonly says: string;
}

export type OptionTable = Readonly<Record<string, OptionRow>>;

export interface CommandLine<Name extends string> {
  /** What was said; a switch that is on has the value ''. Fallbacks are not filled in. */
  readonly given: ReadonlyMap<Name, string>;
  readonly problems: readonly ConfigurationProblem[];
}

export function readCommandLine<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
): CommandLine<keyof Table & string> {
  const isOption = (name: string): name is keyof Table & string => Object.hasOwn(table, name);
  const rowOf = (name: keyof Table): OptionRow => table[name]!;
  const problems: ConfigurationProblem[] = [];
  const given = new Map<keyof Table & string, string>();
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const) },
    ]),
  );
  // Not strict: it would throw at the first mistake.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });

  for (const token of tokens) {
    if (token.kind === 'positional')
      problems.push({
        name: 'the command line',
        given: JSON.stringify(token.value),
        allowed: 'options only, see --help',
      });
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!isOption(name)) {
      problems.push({ name: rawName, given: 'an unknown option', allowed: 'the options of --help' });
    } else if (rowOf(name).value && (value === undefined || value.startsWith('--'))) {
      problems.push({ name: rawName, given: 'nothing', allowed: `a value: ${rowOf(name).says}` });
    } else if (!rowOf(name).value && value !== undefined) {
      problems.push({ name: rawName, given: JSON.stringify(value), allowed: 'no value' });
    } else {
      given.set(name, value ?? '');
    }
  }
  return { given, problems };
}

/** One line an option, in the order of the table. */
export function describeOptions(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, { value, fallback, says }]) => ({
    left: `  --${name}${value ? ` ${value}` : ''}`,
    right: fallback ? `${says} (${fallback})` : says,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.map(({ left, right }) => left.padEnd(width) + right).join('\n');
}
