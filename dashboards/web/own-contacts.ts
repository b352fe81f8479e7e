// One's own contacts as the API has them, for each team that one is in.
import { getAll, post, put } from './api.ts';

export interface OwnContact {
  readonly contactId: string;
  readonly channel: string;
  readonly address: string;
  readonly verified: boolean;
  readonly enteredBy: 'team' | 'member';
  /** While a code holds that was sent there. */
  readonly codeExpiresAt?: string;
  /** Only where it was made just now. */
  readonly secret?: string;
}

export interface Membership {
  readonly teamId: string;
  readonly memberId: string;
  readonly contacts: readonly OwnContact[];
}

export type NewContact = Pick<OwnContact, 'channel' | 'address'>;

const PATH = '/users/me/contacts';

export const readMemberships = (): Promise<Membership[]> => getAll<Membership>(PATH);

/** Those that one entered oneself. */
export const ownOf = ({ contacts }: Membership): readonly OwnContact[] =>
  contacts.filter(({ enteredBy }) => enteredBy === 'member');

export const putOwn = ({ teamId }: Membership, contacts: readonly NewContact[]): Promise<Membership> =>
  put<Membership>(PATH, { teamId, contacts: contacts.map(({ channel, address }) => ({ channel, address })) });

export const sendCode = ({ contactId }: OwnContact): Promise<unknown> => post(`${PATH}/${contactId}/send-code`);

export const verifyContact = ({ contactId }: OwnContact, code: string): Promise<unknown> =>
  post(`${PATH}/${contactId}/verify`, { code });
