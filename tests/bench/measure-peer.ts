// The peer under the loads that it is compared in, with the bytes that our deployments get.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inventGateways } from './fleet.ts';
import { startLoadProcess } from './load-process.ts';
import { gatewaysOf, LOADS, type LoadName } from './loads.ts';
import type { Figures, MeasureParts } from './measure-deployment.ts';
import { startPeerServers } from './peer-servers.ts';
import { measurePeerSystem } from './peer-system.ts';
import { startWithin } from './start-within.ts';
import { measureThroughput } from './throughput.ts';

export const PEER_NAME = 'peer';
/** Of the backlog's messages with 576 readings Telegraf would take more than its buffer holds, and drop them. */
const PEER_LOADS = ['single', 'pipelined', 'dense'] as const satisfies readonly LoadName[];

export async function measurePeer({ options, directory, tell, stack }: MeasureParts): Promise<Figures> {
  const figures: Figures = { name: PEER_NAME, throughput: {} };
  tell('starts');
  const servers = await startWithin(stack, startPeerServers());
  const generator = startLoadProcess();
  stack.defer(generator.stop);
  const system = measurePeerSystem(servers);
  const gateways = inventGateways(1000);
  for (const name of PEER_LOADS.filter((each) => options.only.has(each))) {
    tell(name);
    const fleetFile = join(directory, `${PEER_NAME}-${name}.json`);
    writeFileSync(fleetFile, JSON.stringify(gatewaysOf(name, gateways)), { mode: 0o600 });
    const load = { ...LOADS[name], seconds: options.seconds };
    figures.throughput[name] = await measureThroughput(load, { fleetFile, generator, system });
  }
  return figures;
}
