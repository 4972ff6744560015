import { produce } from '../produce.ts';
import { bundledJob, describeJob, type BuildOptions, type JobDescription } from '../compiler/job.ts';
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
    return { ...(await describe(options)), make: async () => produce(await bundledJob(options)) };
  },
};

/** With the defaults of the schema. */
export function buildOptions({ build }: FilterSpec): BuildOptions {
  return { optimize: build?.optimize ?? 3, debug: build?.debug ?? false };
}

const described = new Map<string, Promise<JobDescription>>();

/** The source is installed beside this file and does not change while it runs: it is hashed once for each set of options. */
function describe(options: BuildOptions): Promise<JobDescription> {
  const name = JSON.stringify([options.optimize, options.debug]);
  const description = described.get(name) ?? bundledJob(options).then(describeJob);
  described.set(name, description);
  return description;
}
