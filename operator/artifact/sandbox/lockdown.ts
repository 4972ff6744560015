/**
 * Loaded first in each thread of a sandbox. Node's permission model keeps it from files, processes and addons; in Node 24 that does
 * not know the network, nor signals to other processes, so the ways to them are closed here.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import workers from 'node:worker_threads';

function deny(): never {
  throw Object.assign(new Error('a sandbox may not do this'), { code: 'ERR_ACCESS_DENIED' });
}

function close(target: object, names: readonly string[]): void {
  for (const name of names) Object.defineProperty(target, name, { value: deny });
}

close(net.Socket.prototype, ['connect']);
close(net.Server.prototype, ['listen']);
close(dgram, ['createSocket', 'Socket']);
close(dgram.Socket.prototype, ['bind', 'connect', 'send']);
const resolvers = (target: object) =>
  Object.getOwnPropertyNames(target).filter((name) => /^(lookup|resolve|reverse)/.test(name));
close(dns, resolvers(dns));
close(dns.promises, resolvers(dns.promises));
close(dns.Resolver.prototype, resolvers(dns.Resolver.prototype));
close(globalThis, ['WebSocket', 'EventSource']);
// The compiler loads a part of itself from an address that holds the bytes.
const { fetch } = globalThis;
Object.defineProperty(globalThis, 'fetch', {
  value: (address: unknown) =>
    typeof address === 'string' && address.startsWith('data:') ? fetch(address) : deny(),
});
close(process, ['kill', '_kill', '_debugProcess', '_debugEnd']);
// Another thread could be started without this file.
if (!workers.isMainThread) close(workers, ['Worker']);
syncBuiltinESMExports();
