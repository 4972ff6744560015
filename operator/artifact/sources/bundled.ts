import { produce } from '../produce.ts';
import { bundledJob, jobKey, type BuildOptions } from '../compiler/job.ts';
import type { FilterSpec, Source } from './source.ts';

/** The filter that comes with the operator. */
export const bundled: Source = {
  name: 'bundled',
  field: 'spec.filter.build',
  isWatched: true,
  isOurs: true,
  hasSignatures: false,
  recheckSeconds: Infinity,
  isWanted: () => true,
  describe: () => 'bundled source',
  subject: () => 'bundled filter',
  async resolve({ spec }) {
    const options = buildOptions(spec.filter);
    return { key: await keyOf(options), make: async () => produce(await bundledJob(options)) };
  },
};

/** With the defaults of the schema. */
export function buildOptions({ build }: FilterSpec): BuildOptions {
  return { optimize: build?.optimize ?? 3, debug: build?.debug ?? false };
}

const keys = new Map<string, Promise<string>>();

/** The source is installed beside this file and does not change while it runs: it is hashed once for each set of options. */
function keyOf(options: BuildOptions): Promise<string> {
  const name = JSON.stringify([options.optimize, options.debug]);
  const key = keys.get(name) ?? bundledJob(options).then(jobKey);
  keys.set(name, key);
  return key;
}
