import { KubeConfig } from '@kubernetes/client-node';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { messageOf } from '../api/errors.ts';

/**
 * Loads what kubectl would load, and fails in kubectl's words, which people search for.
 * @param file without it those of KUBECONFIG that exist, else ~/.kube/config.
 */
export function loadKubeconfig(config: KubeConfig, file?: string): void {
  const [first, ...others] = (file === undefined ? usersFiles() : [file]).filter(
    (path) => sizeOf(path) !== 0,
  );
  if (first === undefined) throw new Error('invalid configuration: no configuration has been provided');
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

function usersFiles(): string[] {
  const { KUBECONFIG } = process.env;
  const files = KUBECONFIG ? KUBECONFIG.split(delimiter) : [join(homedir(), '.kube', 'config')];
  return files.filter((file) => file !== '' && sizeOf(file) !== undefined);
}

/** Undefined for a file that does not exist. */
function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
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
    const { code, errno } = cause as NodeJS.ErrnoException;
    // A parser shows the place in further lines.
    const [message] = messageOf(cause).split('\n', 1);
    const reason = errno === undefined ? message : getSystemErrorMessage(errno);
    throw new Error(
      code === 'ENOENT' ? `stat ${file}: ${reason}` : `error loading config file "${file}": ${reason}`,
      { cause },
    );
  }
}
