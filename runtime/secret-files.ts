// Secrets given as files (`DATABASE_URL_FILE` for `DATABASE_URL`), as orchestrators mount them: an environment is shown by whoever inspects
// a container. Promise: what can't be read is told by its variable and path, never by its content.
import { readFileSync } from 'node:fs';
import { describeVariable, ENVIRONMENT, type EnvironmentName, isEnvironmentName, isSecret } from './environment.ts';

const SUFFIX = '_FILE';
const SECRET_NAMES = Object.keys(ENVIRONMENT).filter(isEnvironmentName).filter(isSecret);

/** `DATABASE_URL_FILE` and its like; not PULSEWARD_ENCRYPTION_KEY_FILE, which is a variable of its own. */
export const isSecretFileName = (name: string): boolean => SECRET_NAMES.some((secret) => name === secret + SUFFIX);

/** The value of each secret that a file gives, without white space around it. Both at once is a mistake, as one of them would be ignored. */
export function readSecretFiles(
  env: Readonly<Record<string, string | undefined>>,
  report: (name: string, given: string, allowed: string) => void,
): Partial<Record<EnvironmentName, string>> {
  const secrets: Partial<Record<EnvironmentName, string>> = {};
  for (const name of SECRET_NAMES) {
    const path = env[name + SUFFIX]?.trim();
    if (!path) continue;
    if (env[name]?.trim()) {
      report(name + SUFFIX, path, `nothing while ${name} is set, or ${name} left out`);
      continue;
    }
    const content = readText(path);
    const { mayBeEmpty = false } = describeVariable(name);
    if (content) secrets[name] = content;
    else if (content === undefined || !mayBeEmpty)
      report(name + SUFFIX, path, `a file that this user may read${mayBeEmpty ? '' : ' and that is not empty'}`);
  }
  return secrets;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
