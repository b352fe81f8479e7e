// E-mail over the operator's relay. Message-ID is the idempotency key: relays and mailboxes that drop repeats go by it, and programs show
// both as one; what is told of an alert makes one thread.
import nodemailer from 'nodemailer';
import { isUrgent } from '../../domain/alerts/severity-order.ts';
import type { MailConfig } from '../../runtime/channel-config.ts';
import { writeAlertText } from '../texts/write-alert-text.ts';
import { type Channel, type ChannelAnswer, type Notification, TIME_OUT_MS } from './channel.ts';

export interface EmailDeps {
  readonly config: MailConfig;
  readonly timeOutMs?: number | undefined;
}

export function createEmail({ config, timeOutMs = TIME_OUT_MS }: EmailDeps): Channel {
  const { host, port, secure, requireTls: requireTLS, auth, from } = config;
  const transport = nodemailer.createTransport({
    host,
    port,
    secure,
    requireTLS,
    // Relays on this machine tend to have a certificate of their own making: where plain text would do, that is no worse.
    tls: { rejectUnauthorized: secure || requireTLS },
    ...(auth ? { auth: { ...auth } } : {}),
    connectionTimeout: timeOutMs,
    greetingTimeout: timeOutMs,
    socketTimeout: timeOutMs,
    dnsTimeout: timeOutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.replace(/^.*@|>$/g, '');

  async function deliver(notification: Notification, address: string): Promise<ChannelAnswer> {
    const { title, long } = writeAlertText(notification);
    try {
      await transport.sendMail({
        from,
        // An object is taken as it is: a comma in it makes no second recipient.
        to: { name: '', address },
        subject: title,
        text: long,
        messageId: `<${notification.notificationId}@${domain}>`,
        ...(notification.alertId === undefined ? {} : { references: `<${notification.alertId}@${domain}>` }),
        priority: isUrgent(notification.severity) ? 'high' : 'normal',
        // RFC 3834: an absence note answers no machine.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { fate: 'delivered' };
    } catch (error) {
      return judge(error instanceof Error ? error : new Error('no error', { cause: error }));
    }
  }

  return {
    name: 'email',
    follows: false,
    saysWho: true,
    async send(notification, { address }) {
      if (address === undefined) return { fate: 'failed_final', reason: 'incomplete_contact' };
      const late = Promise.withResolvers<ChannelAnswer>();
      // The transport's own limits are per step: a relay that answers each one slowly would take several times as long.
      const timer = setTimeout(() => late.resolve(TIMED_OUT), timeOutMs);
      try {
        return await Promise.race([deliver(notification, address), late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
    async stop() {
      transport.close();
    },
  };
}

const TIMED_OUT: ChannelAnswer = { fate: 'failed_recoverable', reason: 'time_out', perhapsArrived: true };

interface MailFailure extends Error {
  readonly code?: string;
  /** Of the failed system call. */
  readonly syscall?: string;
  /** The relay's three digits. */
  readonly responseCode?: number;
}

/** Only digits and codes are kept: what a relay writes repeats the address. */
function judge({ code, syscall, responseCode }: MailFailure): ChannelAnswer {
  if (responseCode !== undefined && responseCode >= 400) {
    const reason = `smtp_${responseCode}`;
    if (responseCode >= 500) return { fate: 'failed_final', reason };
    return { fate: 'failed_recoverable', reason, perhapsArrived: false };
  }
  if (code === 'EENVELOPE') return { fate: 'failed_final', reason: 'unusable_address' };
  if (code === 'ETIMEDOUT') return TIMED_OUT;
  // A connection that ends is reported the same way before and after the content was sent.
  const perhapsArrived = code !== 'EDNS' && code !== 'ETLS' && syscall !== 'connect';
  return { fate: 'failed_recoverable', reason: (code ?? 'mail_error').toLowerCase(), perhapsArrived };
}
