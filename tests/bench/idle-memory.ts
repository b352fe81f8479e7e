// What a connected device that says nothing costs the broker.
import { connect, type Socket } from 'node:net';
import type { FleetGateway } from './fleet.ts';
import type { MeasuredSystem } from './measured-system.ts';
import { connectPacket } from './mqtt-publisher.ts';

export async function measureIdleMemory(
  connections: number,
  { gateways, system }: { gateways: readonly FleetGateway[]; system: MeasuredSystem },
): Promise<number> {
  const before = system.brokerBytes();
  const sockets: Socket[] = [];
  try {
    for (let start = 0; start < connections; start += 100) {
      const batch = Array.from({ length: Math.min(100, connections - start) }, (_, index) => {
        const gateway = gateways[(start + index) % gateways.length] as FleetGateway;
        return openIdle(system.mqttPort, { ...gateway, clientId: `idle${start + index}` });
      });
      sockets.push(...(await Promise.all(batch)));
    }
    // Let what the connecting left behind be collected.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    return (system.brokerBytes() - before) / connections;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function openIdle(port: number, who: { clientId: string; username: string; password: string }): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(connectPacket(who));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (connack) => {
      if (connack[3] === 0) resolve(socket);
      else reject(new Error(`CONNACK ${connack.toString('hex')}`));
    });
  });
}
