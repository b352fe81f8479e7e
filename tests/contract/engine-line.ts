// The line between an adapter and an engine that is reached by TCP: a contract suite cuts it, blocks it and mends it.
import { connect, createServer, type Socket } from 'node:net';

export interface EngineLine {
  /** On loopback; what connects here reaches the engine. */
  readonly port: number;
  /** The engine is away: what is connected is cut, and nobody is let in. */
  cut(): void;
  /** The same after so many more packets to the engine have got through. */
  cutAfter(packets: number): void;
  /** The engine is slow beyond all patience: nothing gets through either way, lines stay up. */
  block(): void;
  /** The engine does what it is asked, and no answer gets back. */
  blockAnswers(): void;
  /** As if nothing had happened; what was held back gets through now. */
  mend(): void;
  close(): Promise<void>;
}

export async function openEngineLine(engine: { readonly host: string; readonly port: number }): Promise<EngineLine> {
  const pairs = new Set<readonly [adapter: Socket, engine: Socket]>();
  let packetsLeft = Number.POSITIVE_INFINITY;
  let isCut = false;
  let isBlocked = false;
  let answersBlocked = false;

  const setFlow = (socket: Socket, held: boolean) => (held ? socket.pause() : socket.resume());
  function flow(): void {
    for (const [adapterSide, engineSide] of pairs) {
      setFlow(adapterSide, isBlocked);
      setFlow(engineSide, isBlocked || answersBlocked);
    }
  }
  function cut(): void {
    isCut = true;
    for (const sockets of pairs) for (const socket of sockets) socket.destroy();
  }

  const server = createServer({ pauseOnConnect: true }, (adapterSide) => {
    if (isCut) {
      adapterSide.destroy();
      return;
    }
    const engineSide = connect(engine);
    const pair = [adapterSide, engineSide] as const;
    pairs.add(pair);
    adapterSide.on('data', (chunk) => {
      if (packetsLeft-- > 0) engineSide.write(chunk);
      else cut();
    });
    engineSide.on('data', (chunk) => adapterSide.write(chunk));
    for (const [one, other] of [pair, [engineSide, adapterSide]] as const) {
      one.on('error', () => other.destroy());
      one.on('end', () => other.end());
      one.on('close', () => pairs.delete(pair));
    }
    flow();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');

  return {
    port: address.port,
    cut,
    cutAfter(packets) {
      packetsLeft = packets;
    },
    block() {
      isBlocked = true;
      flow();
    },
    blockAnswers() {
      answersBlocked = true;
      flow();
    },
    mend() {
      packetsLeft = Number.POSITIVE_INFINITY;
      isCut = false;
      isBlocked = false;
      answersBlocked = false;
      flow();
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
