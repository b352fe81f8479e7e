// Every message to a patient or carer carries the way to end them: its link is no alert's page, which they couldn't open anyway.
import type { ClaimedNotification } from '../../storage/alerts/notification-claims.ts';
import { issueOptOutToken } from '../../storage/registry/opt-out.ts';
import type { Notification } from '../channels/channel.ts';
import type { DeliveryContext } from './delivery.ts';

export async function withOptOut(
  message: Notification,
  { audience, contactId }: Pick<ClaimedNotification, 'audience' | 'contactId'>,
  { pool, vault, publicUrl }: Pick<DeliveryContext, 'pool' | 'vault' | 'publicUrl'>,
): Promise<Notification> {
  if (audience === 'team' || contactId === undefined) return message;
  const token = await issueOptOutToken(pool, vault, contactId);
  return { ...message, link: `${publicUrl}/stop/${token}` };
}
