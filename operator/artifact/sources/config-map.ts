import { LRUCache } from 'lru-cache';
import { AgentError } from '../../api/errors.ts';
import type { SpAgent } from '../../api/schema.ts';
import { jobKey, userJob } from '../compiler/job.ts';
import { produce } from '../produce.ts';
import { buildOptions } from './bundled.ts';
import type { FilterSpec, Source } from './source.ts';

/** AssemblyScript of the user's own, in a ConfigMap of the agent's namespace. */
export const configMap: Source = {
  name: 'configMap',
  field: 'spec.filter.build.configMap',
  isWatched: false,
  isOurs: false,
  work: 'build',
  // Its change is seen: another content has another key.
  recheckSeconds: Infinity,
  isWanted: ({ build }) => build?.configMap !== undefined,
  describe: (filter) => `ConfigMap ${nameOf(filter)}`,
  subject: ({ namespace, spec }: SpAgent) => `ConfigMap ${namespace}/${nameOf(spec.filter)}`,
  async resolve({ namespace, spec }, context) {
    const source = await context.readConfigMap(namespace, nameOf(spec.filter));
    if (!source) {
      const message = 'it does not exist; create it with the key index.ts';
      throw new AgentError('SourceMissing', message, { retryable: true });
    }
    const options = buildOptions(spec.filter);
    const job = () => userJob(source.files, options);
    const name = JSON.stringify([source.version, options.optimize, options.debug]);
    const key: string = keys.get(name) ?? (await job().then(jobKey));
    keys.set(name, key);
    return { key, load: async () => produce(await job()) };
  },
};

/** Version and options → key: a source is hashed once, not whenever one of its agents is looked at. */
const keys = new LRUCache<string, string>({ max: 1000 });

function nameOf({ build }: FilterSpec): string {
  return build?.configMap?.name ?? '';
}
