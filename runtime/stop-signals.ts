// The signals that ask a process of ours to end in order. SIGHUP is a terminal that closes: unheard it would leave Postgres without an owner.
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
