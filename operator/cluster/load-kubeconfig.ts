import { KubeConfig } from '@kubernetes/client-node';
import { getSystemErrorMessage } from 'node:util';
import { messageOf } from '../api/errors.ts';

/**
 * Loads the files as kubectl does.
 * @param files none: the pod's service account.
 */
export function loadKubeconfig(config: KubeConfig, [first, ...others]: readonly string[]): void {
  if (first === undefined) return config.loadFromCluster();
  loadFile(config, first);
  for (const other of others) {
    const more = new KubeConfig();
    loadFile(more, other);
    config.mergeConfig(withoutKnown(more, config));
  }
}

/** @throws where the current context leads to no server, in kubectl's words. */
export function requireServer(config: KubeConfig): string {
  const context = config.getCurrentContext();
  const server = config.getCurrentCluster()?.server;
  if (server !== undefined) return server.replace(/\/$/, '');
  if (!context) throw new Error('invalid configuration: no configuration has been provided');
  const cluster = config.getContextObject(context)?.cluster;
  throw new Error(
    cluster === undefined
      ? `context was not found for specified context: ${context}`
      : `invalid configuration: cluster "${cluster}" was not found for context "${context}"`,
  );
}

/** Of two entries of one name the first counts; the library would refuse both. */
function withoutKnown(more: KubeConfig, config: KubeConfig): KubeConfig {
  more.clusters = more.clusters.filter(({ name }) => !config.getCluster(name));
  more.users = more.users.filter(({ name }) => !config.getUser(name));
  more.contexts = more.contexts.filter(({ name }) => !config.getContextObject(name));
  return more;
}

function loadFile(config: KubeConfig, file: string): void {
  try {
    config.loadFromFile(file);
  } catch (cause) {
    const { errno } = cause as NodeJS.ErrnoException;
    // A parser shows the place in further lines.
    const [message] = messageOf(cause).split('\n', 1);
    const reason = errno === undefined ? message : getSystemErrorMessage(errno);
    throw new Error(`error loading config file "${file}": ${reason}`, { cause });
  }
}
