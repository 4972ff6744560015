import { LRUCache } from 'lru-cache';
import { AgentError } from '../../api/errors.ts';
import type { SpAgent } from '../../api/schema.ts';
import { describeJob, userJob, type JobDescription } from '../compiler/job.ts';
import { produce } from '../produce.ts';
import { buildOptions } from './bundled.ts';
import type { FilterSpec, Source } from './source.ts';

/** AssemblyScript of the user's own, in a ConfigMap of the agent's namespace. */
export const configMap: Source = {
  name: 'configMap',
  field: 'spec.filter.build.configMap',
  isWatched: false,
  isOurs: false,
  hasSignatures: false,
  // Its change is seen: another content has another key.
  recheckSeconds: Infinity,
  isWanted: ({ build }) => build?.configMap !== undefined,
  describe: (filter) => `ConfigMap ${nameOf(filter)}`,
  subject: ({ namespace, spec }: SpAgent) => `ConfigMap ${namespace}/${nameOf(spec.filter)}`,
  async resolve({ namespace, spec }, context) {
    const read = async () => {
      const source = await context.readConfigMap(namespace, nameOf(spec.filter));
      if (source) return source;
      const message = 'it does not exist; create it with the key index.ts';
      throw new AgentError('SourceMissing', message, { retryable: true });
    };
    const { version, files } = await read();
    const options = buildOptions(spec.filter);
    const name = JSON.stringify([version, options.optimize, options.debug]);
    const description: JobDescription =
      described.get(name) ?? (await userJob(files, options).then(describeJob));
    described.set(name, description);
    // Read again when it is built: sources that wait for their turn would fill the memory.
    const make = async () => {
      const source = await read();
      if (source.version === version) return produce(await userJob(source.files, options));
      throw new AgentError('SourceMissing', 'it changed before it was built; it is built as it is now', {
        retryable: true,
      });
    };
    return { ...description, make };
  },
};

/** By version and options: a source is hashed once, not whenever one of its agents is looked at. */
const described = new LRUCache<string, JobDescription>({ max: 1000 });

function nameOf({ build }: FilterSpec): string {
  return build?.configMap?.name ?? '';
}
