import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on loopback that can be cut off, as when an API server restarts. */
export interface CutOff extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection at once, and refuses new ones until `restore`. */
  cut(): void;
  restore(): void;
  /** Connections that are open. */
  open(): number;
}

export async function startCutOff(targetPort: number): Promise<CutOff> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    if (isCut) return void socket.resetAndDestroy();
    const target = connect(targetPort, '127.0.0.1');
    for (const end of [socket, target]) end.on('error', () => undefined);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      target.destroy();
    });
    target.on('close', () => socket.destroy());
    socket.pipe(target).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      end();
    },
    restore() {
      isCut = false;
    },
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      end();
      await closed;
    },
  };
}
