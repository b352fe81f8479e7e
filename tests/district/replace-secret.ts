// A secret that make-secrets.sh made for the containers' network, as it has to be on this machine.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function replaceSecret(secrets: string, name: string, text: string): void {
  const path = join(secrets, name);
  chmodSync(path, 0o600);
  writeFileSync(path, `${text}\n`);
}
