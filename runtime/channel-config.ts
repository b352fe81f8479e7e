// How messages leave the house, as the environment says it: e-mail, SMS and Web Push exist only where they are set up here. Reads no
// environment itself: config.ts hands over the values.
import { createAllowedHosts, mayBeAsked } from './allowed-hosts.ts';
import { isLoopbackHost } from './check-address.ts';
import { describeVariable, type EnvironmentName } from './environment.ts';
import { fillTemplate } from './fill-template.ts';

export interface ChannelConfig {
  readonly mail?: MailConfig | undefined;
  readonly sms?: SmsConfig | undefined;
  readonly push?: PushConfig | undefined;
}

export interface MailConfig {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else by STARTTLS. */
  readonly secure: boolean;
  /** Nothing is said without TLS. Not so on loopback and to hosts of PULSEWARD_WEBHOOK_ALLOW. */
  readonly requireTls: boolean;
  readonly auth?: { readonly user: string; readonly pass: string } | undefined;
  readonly from: string;
}

/** `{phone}`, `{text}` and `{notificationId}` in `url` and `body` are filled in. */
export interface SmsConfig {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How values are written into `body`. */
  readonly bodyForm: 'json' | 'form';
  /** What the JSON answer has to say besides status 2xx. */
  readonly success?: { readonly path: readonly string[]; readonly value: string } | undefined;
  /** Values at that path that say "later". */
  readonly retryValues: readonly string[];
}

export interface PushConfig {
  readonly contact: string;
  /** Absolute. Where it was not given it may not exist yet: it is made with mode 600. */
  readonly keyFile: string;
}

export interface ChannelConfigSource {
  readonly value: (name: EnvironmentName) => string | undefined;
  readonly report: (name: EnvironmentName, given: string | undefined, allowed: string) => void;
  /** PULSEWARD_WEBHOOK_ALLOW, of which each entry is checked. */
  readonly allow: readonly string[];
  readonly keyFile: string;
}

export function readChannelConfig(source: ChannelConfigSource): ChannelConfig {
  const contact = source.value('PULSEWARD_PUSH_CONTACT');
  return {
    mail: readMail(source),
    sms: readSms(source),
    push: contact === undefined ? undefined : { contact, keyFile: source.keyFile },
  };
}

function readMail({ value, report, allow }: ChannelConfigSource): MailConfig | undefined {
  const [given, from] = [value('PULSEWARD_SMTP_URL'), value('PULSEWARD_MAIL_FROM')];
  if (given === undefined) {
    if (from !== undefined)
      report('PULSEWARD_SMTP_URL', undefined, allowed('PULSEWARD_SMTP_URL', 'PULSEWARD_MAIL_FROM'));
    return undefined;
  }
  if (from === undefined)
    report('PULSEWARD_MAIL_FROM', undefined, allowed('PULSEWARD_MAIL_FROM', 'PULSEWARD_SMTP_URL'));
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (
    !url ||
    !['smtp:', 'smtps:'].includes(url.protocol) ||
    url.hostname === '' ||
    !/^\/?$/.test(url.pathname + url.search + url.hash)
  ) {
    report('PULSEWARD_SMTP_URL', given, describeVariable('PULSEWARD_SMTP_URL').allowed);
    return undefined;
  }
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const auth = url.username === '' ? undefined : { user: decode(url.username), pass: decode(url.password) };
  const requireTls = !isLoopbackHost(host) && !createAllowedHosts(allow).mayInclude(host);
  return { host, port: Number(url.port) || (secure ? 465 : 587), secure, requireTls, auth, from: from ?? '' };
}

const SMS_NAMES = [
  'PULSEWARD_SMS_METHOD',
  'PULSEWARD_SMS_HEADERS',
  'PULSEWARD_SMS_BODY',
  'PULSEWARD_SMS_SUCCESS',
  'PULSEWARD_SMS_RETRY',
] as const;

function readSms({ value, report, allow }: ChannelConfigSource): SmsConfig | undefined {
  const url = value('PULSEWARD_SMS_URL');
  if (url === undefined) {
    const other = SMS_NAMES.find((name) => value(name) !== undefined);
    if (other) report('PULSEWARD_SMS_URL', undefined, allowed('PULSEWARD_SMS_URL', other));
    return undefined;
  }
  const urlProblem = checkSmsUrl(url, allow);
  if (urlProblem) report('PULSEWARD_SMS_URL', url, urlProblem);
  const body = value('PULSEWARD_SMS_BODY') ?? '';
  const method = value('PULSEWARD_SMS_METHOD') ?? (body === '' ? 'GET' : 'POST');
  if (method === 'GET' && body !== '') report('PULSEWARD_SMS_BODY', body, 'nothing with PULSEWARD_SMS_METHOD=GET');
  for (const needed of ['{phone}', '{text}'])
    if (!url.includes(needed) && !body.includes(needed))
      report('PULSEWARD_SMS_BODY', body || undefined, `a body with ${needed}, or a PULSEWARD_SMS_URL with it`);

  const givenHeaders = value('PULSEWARD_SMS_HEADERS');
  const headers = givenHeaders === undefined ? {} : parseHeaders(givenHeaders);
  if (!headers) report('PULSEWARD_SMS_HEADERS', givenHeaders, describeVariable('PULSEWARD_SMS_HEADERS').allowed);
  const bodyForm = formOf(headers?.['content-type'], body);
  if (!bodyForm)
    report(
      'PULSEWARD_SMS_HEADERS',
      givenHeaders,
      'the content type application/json or application/x-www-form-urlencoded',
    );
  if (bodyForm === 'json' && body !== '' && !isJson(fillTemplate(body, EXAMPLE, 'json')))
    report(
      'PULSEWARD_SMS_BODY',
      body,
      'JSON, in which {phone}, {text} and {notificationId} stand between quotation marks',
    );

  const [path = '', ...rest] = value('PULSEWARD_SMS_SUCCESS')?.split('=') ?? [];
  const success = path === '' ? undefined : { path: path.trim().split('.'), value: rest.join('=').trim() };
  const retry = value('PULSEWARD_SMS_RETRY');
  if (retry !== undefined && !success)
    report('PULSEWARD_SMS_SUCCESS', undefined, allowed('PULSEWARD_SMS_SUCCESS', 'PULSEWARD_SMS_RETRY'));
  const retryValues = (retry ?? '').split(',').flatMap((each) => each.trim() || []);
  const contentType = bodyForm === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  const typed: Record<string, string> = body === '' ? {} : { 'content-type': `${contentType}; charset=utf-8` };
  return { url, method, headers: { ...typed, ...headers }, body, bodyForm: bodyForm ?? 'json', success, retryValues };
}

const EXAMPLE = { phone: '+8613800000000', text: 'a "text"', notificationId: 'id' };

function checkSmsUrl(given: string, allow: readonly string[]): string | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) return describeVariable('PULSEWARD_SMS_URL').allowed;
  // Whoever is written to must not choose whom we ask.
  if (/[{}]|%7b/i.test(url.host)) return 'a URL whose host has nothing to be filled in';
  if (mayBeAsked(url, allow)) return undefined;
  return 'an https URL; http is only for hosts that PULSEWARD_WEBHOOK_ALLOW lists';
}

function parseHeaders(given: string): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(given);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const entries = Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value] as const);
    const isUsable = entries.every(
      ([name, value]) => /^[a-z0-9-]+$/.test(name) && typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value),
    );
    return isUsable ? Object.fromEntries(entries) : undefined;
  } catch {
    return undefined;
  }
}

function formOf(contentType: string | undefined, body: string): SmsConfig['bodyForm'] | undefined {
  if (contentType === undefined) return /^\s*[{[]\s*["{[]/.test(body) ? 'json' : 'form';
  if (/^application\/json\b/i.test(contentType)) return 'json';
  return /^application\/x-www-form-urlencoded\b/i.test(contentType) ? 'form' : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const allowed = (name: EnvironmentName, because: string) =>
  `${describeVariable(name).allowed}, because ${because} is set`;
