// The certificate of a server that goes on while its files are replaced. Promises: connections that exist are not touched, and what
// can't be used (half written, a key of another certificate) leaves the old one in force.
import { readFile } from 'node:fs/promises';
import { createSecureContext, type Server } from 'node:tls';
import type { Log } from './log.ts';

/** Reading is cheaper than being right about links, renames and mounts in a watch. */
const LOOK_EVERY_MS = 2_000;
/** Files are replaced one after the other: what fails only once is on its way. */
const TELLING_FAILURES = 2;

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: 'TLSv1.2';
}

export interface CertificateKeeper {
  /** What the server is to be made with. Throws where the files can't be read. */
  read(): Promise<Certificate>;
  /** Looks every 2 s from now on; to be called after `read`. */
  follow(server: Pick<Server, 'setSecureContext'>): void;
  /** May be called twice. */
  stop(): void;
}

export interface CertificateKeeperDeps {
  readonly files: { readonly certFile: string; readonly keyFile: string };
  readonly log: Log;
  readonly lookEveryMs?: number;
}

export function createCertificateKeeper(deps: CertificateKeeperDeps): CertificateKeeper {
  const { files, log, lookEveryMs = LOOK_EVERY_MS } = deps;
  let current: Certificate | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function readFiles(): Promise<Certificate> {
    const [cert, key] = await Promise.all([readFile(files.certFile), readFile(files.keyFile)]);
    return { cert, key, minVersion: 'TLSv1.2' };
  }

  async function look(server: Pick<Server, 'setSecureContext'>): Promise<void> {
    try {
      const next = await readFiles();
      if (!stopped && !(current?.cert.equals(next.cert) && current.key.equals(next.key))) {
        if (next.cert.length === 0 || next.key.length === 0) throw new Error('a file is empty');
        createSecureContext(next);
        server.setSecureContext(next);
        current = next;
        log.info('new connections get the new certificate');
      }
      failures = 0;
    } catch (err) {
      failures++;
      if (failures === TELLING_FAILURES)
        log.warn({ err, ...files }, 'the certificate or its key cannot be used, the old one stays in force');
    }
    if (!stopped) timer = setTimeout(() => void look(server), lookEveryMs);
  }

  return {
    async read() {
      current = await readFiles();
      return current;
    },
    follow(server) {
      timer = setTimeout(() => void look(server), lookEveryMs);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
