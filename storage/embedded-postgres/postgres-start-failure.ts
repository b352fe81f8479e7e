// Why the embedded PostgreSQL can't be had. The message is for the person who started Pulseward and ends in Postgres's own words.

import { StartFailure } from '../../runtime/errors.ts';

export class PostgresStartFailure extends StartFailure {
  override readonly name = 'PostgresStartFailure';
  /** Postgres's own lines. */
  readonly postgresSays: string;

  constructor(what: string, postgresSays: string, options?: ErrorOptions) {
    super(`${what}. PostgreSQL says:\n${postgresSays.replace(/^/gm, '  ')}`, options);
    this.postgresSays = postgresSays;
  }
}

/** Another supervisor holds the lock for its life. */
export class DataDirectoryInUse extends StartFailure {
  override readonly name = 'DataDirectoryInUse';
  readonly holderPid: number | undefined;
  /** Of the application's database, for those who may work beside the holder. */
  readonly url: string;

  constructor(dataDir: string, holderPid: number | undefined, url: string) {
    super(
      `${dataDir} is in use by the Pulseward with pid ${holderPid ?? 'unknown'}: stop that one or set PULSEWARD_DATA_DIR to another directory.`,
    );
    this.holderPid = holderPid;
    this.url = url;
  }
}
