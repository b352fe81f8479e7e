// Shows what a push brings while no page is open: a title and the way to it. Promise: nobody's name and no value on a lock screen, the
// same notification once however often it comes, and no other page is ever opened than this installation's own.

// A classic script: not every browser takes a module for a service worker.
declare const self: ServiceWorkerGlobalScope;

interface Pushed {
  /** Of one notification: what has the same takes its place. */
  readonly tag?: string;
  readonly title?: string;
  readonly severity?: string;
  readonly link?: string;
}

const UNREADABLE: Pushed = { title: '脉守 Pulseward' };
const URGENT = ['critical', 'emergency'];

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(show(read(event.data))));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data)));
});

/** A browser that is woken up has to show something. */
function read(data: PushMessageData | null): Pushed {
  try {
    return data?.json() ?? UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

function show({ tag = '', title = '', severity = '', link = '' }: Pushed): Promise<void> {
  const isUrgent = URGENT.includes(severity);
  const data = hashOf(link);
  return self.registration.showNotification(title, { tag, data, requireInteraction: isUrgent, lang: 'zh-CN' });
}

/** Of a link only the place within the page counts. */
function hashOf(link: string): string {
  return URL.canParse(link) ? new URL(link).hash : '';
}

async function open(hash: string): Promise<void> {
  const url = new URL(`/${hash}`, self.location.origin).href;
  const [page] = await self.clients.matchAll({ type: 'window' });
  if (!page) await self.clients.openWindow(url);
  else {
    await page.navigate(url);
    await page.focus();
  }
}
