import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startReadyProcess, type BackgroundProcess } from '../cluster/background-process.ts';
import { tool } from '../tools/tool.ts';
import { podNetwork } from './network.ts';

/** Fails with a message that says what to do when another server answers DNS on every address. */
async function requireFreePort(): Promise<void> {
  const socket = createSocket('udp4');
  try {
    socket.bind(53, podNetwork.hostAddress);
    await once(socket, 'listening');
  } catch (error) {
    throw new Error(
      `port 53 of ${podNetwork.hostAddress} is taken: a DNS server on this machine listens on every address; ` +
        `bind it to its own (see: ss -lunp 'sport = 53') or stop it`,
      { cause: error },
    );
  } finally {
    socket.close();
  }
}

/** Starts CoreDNS, which answers pods for `cluster.local`. */
export async function startCoreDns(
  directory: string,
  { kubeconfig, logFile }: { kubeconfig: string; logFile: string },
): Promise<BackgroundProcess> {
  await requireFreePort();
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, 'Corefile');
  await writeFile(
    configFile,
    `. {
  bind ${podNetwork.hostAddress}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig}
    ttl 5
  }
}
`,
  );
  const options = {
    name: 'coredns',
    command: [await tool('coredns'), '-conf', configFile],
    logFile,
    stopSignal: 'SIGKILL',
  } as const;
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([podNetwork.hostAddress]);
  const name = 'kubernetes.default.svc.cluster.local';
  const probe = async () => (await resolver.resolve4(name)).length === 1;
  return startReadyProcess(options, `DNS to know ${name}`, { probe, deadlineSeconds: 30 });
}
