// The loads that a system is put under as fast as it acknowledges, in their order.
import type { FleetGateway } from './fleet.ts';
import type { Load } from './throughput.ts';

export const LOAD_NAMES = ['single', 'pipelined', 'dense', 'backlog'] as const;
export type LoadName = (typeof LOAD_NAMES)[number];

interface LoadShape extends Omit<Load, 'seconds'> {
  readonly title: string;
  readonly devicesPerGateway?: number;
}

export const LOADS: Readonly<Record<LoadName, LoadShape>> = {
  single: { title: '1,000 gateways × 1 in flight', connections: 1000, inFlight: 1 },
  pipelined: { title: '10 gateways × 100 in flight', connections: 10, inFlight: 100 },
  dense: { title: '1,000 devices × 1 in flight', connections: 1000, inFlight: 1, devicesPerGateway: 1 },
  backlog: {
    title: 'two days a device, 576 in a message',
    connections: 100,
    inFlight: 1,
    readingsPerMessage: 576,
  },
};

/** With as many devices each as the load has. */
export function gatewaysOf(name: LoadName, gateways: readonly FleetGateway[]): FleetGateway[] {
  const { devicesPerGateway } = LOADS[name];
  return gateways.map((gateway) => ({ ...gateway, deviceIds: gateway.deviceIds.slice(0, devicesPerGateway) }));
}
