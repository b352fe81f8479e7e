// People as a step of an escalation sees them: each reached by one webhook, unless a test says otherwise.
import type { RoutedContact, RoutedMember } from '../../domain/alerts/route-step.ts';

export const contact = (contactId: string, more: Partial<RoutedContact> = {}): RoutedContact => ({
  contactId,
  channel: 'webhook',
  verified: true,
  ...more,
});

/** Who can sign in. */
export const member = (memberId: string, role: string, contacts = [contact(`${memberId}'s`)]): RoutedMember => ({
  memberId,
  userId: memberId,
  role,
  contacts,
});

export const NURSE = member('nurse', 'nurse');
export const LEAD = member('lead', 'lead');
export const GP = member('gp', 'gp');
