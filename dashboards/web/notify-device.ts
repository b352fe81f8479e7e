// Whether this browser on this device is told of alerts by Web Push, and how that is changed. The server's side of it is a contact of one's
// own in each team; the browser's side is its push subscription and a service worker.
import { get, Problem } from './api.ts';
import { type Membership, ownOf, putOwn } from './own-contacts.ts';

/** `unsupported`: by this browser, or without HTTPS · `not_set_up`: by whoever runs Pulseward · `blocked`: by who uses this browser. */
export type DeviceState = 'unsupported' | 'not_set_up' | 'blocked' | 'off' | 'on';

const SERVICE_WORKER = '/service-worker.js';
const CHANNEL = 'web_push';

export async function readDeviceState(memberships: readonly Membership[]): Promise<DeviceState> {
  if (!isSupported()) return 'unsupported';
  if ((await pushKey()) === undefined) return 'not_set_up';
  if (Notification.permission === 'denied') return 'blocked';
  const endpoint = (await presentSubscription())?.endpoint;
  const isKnown = memberships.some((membership) => ownOf(membership).some((each) => endpointOf(each) === endpoint));
  return endpoint !== undefined && isKnown ? 'on' : 'off';
}

/** Asks for permission, so it has to be called while a click is handled. Answers what has become of it. */
export async function notifyThisDevice(memberships: readonly Membership[]): Promise<DeviceState> {
  if ((await Notification.requestPermission()) !== 'granted') return 'blocked';
  const publicKey = await pushKey();
  if (publicKey === undefined) return 'not_set_up';
  await navigator.serviceWorker.register(SERVICE_WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await subscribe(pushManager, publicKey);
  const { endpoint, keys } = subscription.toJSON();
  const contact = { channel: CHANNEL, address: JSON.stringify({ endpoint, keys }) };
  for (const membership of memberships) {
    const others = ownOf(membership).filter((each) => endpointOf(each) !== endpoint);
    await putOwn(membership, [...others, contact]);
  }
  return 'on';
}

export async function leaveThisDevice(memberships: readonly Membership[]): Promise<void> {
  const subscription = await presentSubscription();
  if (!subscription) return;
  for (const membership of memberships) {
    const own = ownOf(membership);
    const others = own.filter((each) => endpointOf(each) !== subscription.endpoint);
    if (others.length < own.length) await putOwn(membership, others);
  }
  // The server first: it must not go on writing to a subscription that has ended.
  await subscription.unsubscribe();
}

const isSupported = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

async function presentSubscription(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(SERVICE_WORKER);
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

/** One that was made with another key can't be written to any more. */
async function subscribe(pushManager: PushManager, publicKey: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  const present = await pushManager.getSubscription();
  const key = present?.options.applicationServerKey;
  if (present && key && toBase64Url(key) === publicKey) return present;
  await present?.unsubscribe();
  return pushManager.subscribe(options);
}

const toBase64Url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

async function pushKey(): Promise<string | undefined> {
  try {
    return (await get<{ readonly publicKey: string }>('/push-key')).publicKey;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

function endpointOf({ channel, address }: { readonly channel: string; readonly address: string }): string | undefined {
  return channel === CHANNEL ? (JSON.parse(address) as { readonly endpoint: string }).endpoint : undefined;
}
