// By what a person sees that a message came twice.
import type { Notification } from '../channels/channel.ts';

const REFERENCE_LENGTH = 8;

/** The end of the id, which is random; its beginning is the time. */
export function referenceOf({ notificationId }: Pick<Notification, 'notificationId'>): string {
  return notificationId.slice(-REFERENCE_LENGTH);
}
