// The keys of the journal on Redis. The braces are Redis Cluster's: each partition's keys would lie together in one slot.

/** The stream of a partition; an entry is `0-{seq}` with the fields `n`, how many messages, and `b`, their bytes. */
export const streamKey = (partition: number): string => `pulseward:{journal-${partition}}:records`;

/** Whose journal it is: an id that the installation's database has too. */
export const INSTALLATION_KEY = 'pulseward:journal:installation';

/** Identifiers count from 1 on, consecutively and without a clock, so that a missing record shows. */
export const seqOf = (id: string): number => Number(id.slice(id.indexOf('-') + 1));
