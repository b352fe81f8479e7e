// A certificate for 127.0.0.1 and localhost that signs itself, made by openssl in a directory of the test's own.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
/** For requireEngine. @param untested what is not tested without a certificate, e.g. `rediss://` */
export const missingOpenssl = (untested: string): string | undefined =>
  hasOpenssl ? undefined : `no openssl on the PATH to make a certificate with: ${untested} is not tested`;

export interface SelfSigned {
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM, for those who shall trust it. */
  readonly certificate: string;
}

export function createSelfSigned(directory: string, name = 'server'): SelfSigned {
  const [certFile, keyFile] = [join(directory, `${name}-cert.pem`), join(directory, `${name}-key.pem`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', keyFile, '-out', certFile],
    ],
    { stdio: 'ignore' },
  );
  return { certFile, keyFile, certificate: readFileSync(certFile, 'utf8') };
}
