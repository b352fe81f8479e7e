// A live load at a stated rate: gateways send, in turn for each of their devices, what it has measured since its last turn. A gateway that
// could not send keeps what it has and sends it when it can, oldest first. What a message holds follows from its number alone.
import type { FleetGateway } from '../bench/fleet.ts';
import { createProgressWatch, type ProgressWatch } from './progress-watch.ts';
import { connectStubbornly, publishUntilAcknowledged } from './publish-until-acknowledged.ts';
import { type Item, payloadOf, type ReadingLedger } from './reading-ledger.ts';

export interface GatewayLoad {
  /** Readings that had their PUBACK, and the moments at which they had it. */
  readonly progress: ProgressWatch;
  /** How far behind its clock the gateway is that is furthest behind, ms. */
  lagMs(): number;
  /** Refused sign-ins by CONNACK code, and connections lost. */
  readonly troubles: { readonly refused: Readonly<Record<number, number>>; readonly closed: number };
  /** Stops measuring; resolves when everything measured is acknowledged. */
  stop(): Promise<void>;
}

export interface GatewayLoadOptions {
  readonly readingsPerSecond: number;
  readonly readingsPerMessage: number;
}

const STEP_MS = 25 * 60_000;

export function startGatewayLoad(
  port: number,
  gateways: readonly FleetGateway[],
  ledger: ReadingLedger,
  { readingsPerSecond, readingsPerMessage }: GatewayLoadOptions,
): GatewayLoad {
  const startAt = Date.now();
  const periodMs = (gateways.length * readingsPerMessage * 1000) / readingsPerSecond;
  const progress = createProgressWatch();
  const troubles = { refused: {} as Record<number, number>, closed: 0 };
  /** By gateway: when its oldest unacknowledged message was due. */
  const dueAt = new Float64Array(gateways.length).fill(startAt);
  let stopAt = Number.POSITIVE_INFINITY;

  const publishers = gateways.map(async (gateway, number) => {
    const client = connectStubbornly(port, gateway, 'load');
    ledger.watch(client);
    client.on('close', () => troubles.closed++);
    client.on('error', (error) => {
      const code = 'code' in error ? Number(error.code) : Number.NaN;
      if (code > 0) troubles.refused[code] = (troubles.refused[code] ?? 0) + 1;
    });
    const spacingMs = Math.floor((periodMs * gateway.deviceIds.length) / readingsPerMessage);
    try {
      for (let message = 0; ; message++) {
        const at = Math.round(startAt + (message + number / gateways.length) * periodMs);
        dueAt[number] = at;
        if (at >= stopAt) return;
        if (at > Date.now()) await new Promise((resolve) => setTimeout(resolve, at - Date.now()));
        const turn = message % gateway.deviceIds.length;
        const deviceId = gateway.deviceIds[turn]!;
        const items = Array.from({ length: readingsPerMessage }, (_, index) =>
          readingOf(at - (readingsPerMessage - index) * spacingMs, turn),
        );
        await publishUntilAcknowledged(client, deviceId, payloadOf(items));
        ledger.acknowledge({ deviceId }, items);
        progress.advance(items.length);
      }
    } finally {
      await client.endAsync(true);
    }
  });

  return {
    progress,
    troubles,
    lagMs: () => Math.max(0, Date.now() - Math.min(...dueAt)),
    stop: async () => {
      stopAt = Math.min(stopAt, Date.now());
      await Promise.all(publishers);
    },
  };
}

/**
 * In range and as no rule minds: between readings some seconds apart a step of 1 mg/dL is a jump (three within an hour are told of), and
 * an hour without a step is a flat line. Another device's would be noticed.
 */
function readingOf(at: number, turn: number): Item {
  const value = 100 + 2 * turn + (Math.floor(at / STEP_MS) % 2);
  return { fate: 'new', kind: 'cgm', at, value, reading: { kind: 'cgm', at, value, unit: 'mg/dL' } };
}
