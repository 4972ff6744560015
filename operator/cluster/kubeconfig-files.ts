import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The kubeconfig files that kubectl would load; none in a pod, which has a service account. A missing one fails in kubectl's words,
 * which people search for.
 * @param file without it those of KUBECONFIG that exist, else ~/.kube/config.
 */
export function kubeconfigFiles(file?: string): readonly string[] {
  if (file === undefined && process.env['KUBERNETES_SERVICE_HOST'] && existsSync(serviceAccountToken))
    return [];
  if (file !== undefined && sizeOf(file) === undefined) {
    throw new Error(`stat ${file}: no such file or directory`);
  }
  const files = (file === undefined ? usersFiles() : [file]).filter((path) => sizeOf(path) !== 0);
  if (files.length > 0) return files;
  throw new Error('invalid configuration: no configuration has been provided');
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
