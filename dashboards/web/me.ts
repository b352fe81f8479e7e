// Who is signed in: asked once, forgotten with the sign-in.
import { get } from './api.ts';

let asked: Promise<string> | undefined;

export function myUserId(): Promise<string> {
  asked ??= get<{ readonly userId: string }>('/users/me').then(
    ({ userId }) => userId,
    (error: unknown) => {
      asked = undefined;
      throw error;
    },
  );
  return asked;
}

export function forgetMe(): void {
  asked = undefined;
}
