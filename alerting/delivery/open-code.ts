// A contact's code as it goes out: opened in this step alone, and not sent any more once it doesn't hold, or its key is gone.
import { codePlace } from '../../storage/registry/contact-codes.ts';
import type { Delivery, DeliveryContext } from './delivery.ts';

export async function openCode(delivery: Delivery, { vault, now }: DeliveryContext): Promise<Delivery> {
  const asked = delivery.notification.subject?.verification;
  if (!asked || delivery.settlement) return delivery;
  const { contactId, sealedCode, keyId, expiresAt } = asked;
  if (expiresAt <= now()) return { ...delivery, settlement: { status: 'skipped', failure: 'code_expired' } };
  try {
    const code = vault.open({ bytes: Buffer.from(sealedCode, 'base64'), keyId }, codePlace(contactId));
    return { ...delivery, code };
  } catch {
    return { ...delivery, settlement: { status: 'failed', failure: 'code_unreadable', perhapsArrived: false } };
  }
}
