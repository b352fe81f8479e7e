// A webhook's other side: keeps what it gets, checks the signature, answers as told.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  readonly receivedAt: number;
  readonly idempotencyKey: string;
  readonly signatureValid: boolean;
  readonly body: {
    readonly notificationId: string;
    readonly alertId: string;
    readonly kind: string;
    readonly severity: string;
    readonly condition: string;
    readonly direction: string;
    readonly openedAt: string;
    readonly link: string;
    /** Of a digest, which has nothing else but `notificationId` and `kind`. */
    readonly items?: readonly Omit<ReceivedWebhook['body'], 'items'>[];
  };
}

export interface WebhookReceiver {
  readonly url: string;
  readonly secret: string;
  /** Everything that came, repeated keys included. */
  readonly received: readonly ReceivedWebhook[];
  /** What a receiver that honours idempotency keys acts on. */
  distinct(): ReceivedWebhook[];
  /** Status of the next answers; 204 by default. */
  answerWith(status: number): void;
  /** How long the next answers take, by what was sent: at once by default, never where it is infinite. */
  answerAfter(delayMs: (body: ReceivedWebhook['body']) => number): void;
  /** How many have come and are not answered yet. */
  unanswered(): number;
  close(): Promise<void>;
}

export async function startWebhookReceiver(secret = 'webhook-secret-of-the-test'): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let status = 204;
  let delayOf: Parameters<WebhookReceiver['answerAfter']>[0] = () => 0;
  let unanswered = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const header = String(request.headers['pulseward-signature'] ?? '');
      const [, time, signature] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(header) ?? [];
      const body: ReceivedWebhook['body'] = JSON.parse(text);
      received.push({
        receivedAt: Date.now(),
        idempotencyKey: String(request.headers['idempotency-key']),
        signatureValid: signature === createHmac('sha256', secret).update(`${time}.${text}`).digest('hex'),
        body,
      });
      unanswered++;
      response.on('close', () => {
        unanswered--;
      });
      const answer = () => response.writeHead(status).end();
      const delayMs = delayOf(body);
      if (delayMs === 0) answer();
      else if (Number.isFinite(delayMs)) setTimeout(answer, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    secret,
    received,
    distinct: () => [...new Map(received.map((webhook) => [webhook.idempotencyKey, webhook])).values()],
    answerWith: (next) => {
      status = next;
    },
    answerAfter: (delayMs) => {
      delayOf = delayMs;
    },
    unanswered: () => unanswered,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
