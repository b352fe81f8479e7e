// In-app: the alert's own row is the message, so it is delivered as soon as open pages are told to look again.
import type { Channel } from './channel.ts';

export interface InAppDeps {
  /** Tells every dashboards process that an alert has changed; its pages read it with their own scope. */
  readonly announce: (alertId: string) => Promise<void>;
}

export function createInApp({ announce }: InAppDeps): Channel {
  return {
    name: 'in_app',
    follows: true,
    async send({ alertId }) {
      if (alertId !== undefined) await announce(alertId);
      return { fate: 'delivered' };
    },
  };
}
