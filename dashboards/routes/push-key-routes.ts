// What a browser subscribes to Web Push with: the public half of this installation's VAPID key.
import Type from 'typebox';
import { openPushKeys } from '../../storage/registry/push-keys.ts';
import { Refusal } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';

export const pushKeyRoutes: ApiRoutes =
  ({ config: { channels } }) =>
  async (server) => {
    const keys = channels.push && (await openPushKeys(channels.push.keyFile));

    server.get(
      '/push-key',
      {
        config: { access: 'signed_in' },
        schema: {
          tags: ['users'],
          description: 'Base64url, as `applicationServerKey` of PushManager.subscribe takes it.',
          response: { 200: Type.Object({ publicKey: Type.String() }) },
        },
      },
      async () => {
        if (keys) return { publicKey: keys.publicKey };
        throw new Refusal(
          'not_found',
          'Web Push is not set up here: whoever runs Pulseward sets PULSEWARD_PUSH_CONTACT.',
        );
      },
    );
  };
