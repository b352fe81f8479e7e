// docker-compose.yml as data, as far as its tests look at it.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly pids_limit?: number;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly cpus?: string; readonly memory?: string } } };
}

export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, object>>;
  readonly volumes: Readonly<Record<string, object>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** With its anchors and merge keys resolved, as Compose does. */
export const readComposeFile = (): ComposeFile => parse(readText('docker-compose.yml'), { merge: true });

/**
 * Runs a script of a container's with these files as its secrets; `command` is what it hands them to. Answers with which arguments, and
 * where the command itself is not to be run, what it would have read.
 * @param directory empty, the test's own
 */
export function runDistrictScript(
  name: string,
  { directory, secrets, command, isRun, env = {} }: DistrictScript,
): { readonly given: string; readonly read: string } {
  const at = (file: string) => join(directory, file);
  for (const folder of ['secrets', 'bin']) mkdirSync(at(folder));
  for (const [secret, value] of Object.entries(secrets)) writeFileSync(at(`secrets/${secret}`), `${value}\n`);
  const rest = isRun ? `PATH=${process.env.PATH} exec ${command} "$@"` : `cat >>${at('read')}`;
  writeFileSync(at(`bin/${command}`), `#!/bin/sh\necho "$@" >>${at('given')}\n${rest}\n`);
  chmodSync(at(`bin/${command}`), 0o755);
  const script = readText(`tooling/district/${name}`).replaceAll('/run/secrets', at('secrets'));
  writeFileSync(at('read'), '');
  execFileSync('sh', ['-c', script], { env: { PATH: `${at('bin')}:${process.env.PATH}`, ...env } });
  return { given: readFileSync(at('given'), 'utf8'), read: readFileSync(at('read'), 'utf8') };
}

export interface DistrictScript {
  readonly directory: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly command: string;
  readonly isRun: boolean;
  readonly env?: Readonly<Record<string, string>>;
}
