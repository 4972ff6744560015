import { Command, InvalidArgumentError } from 'commander';

export interface BenchOptions {
  readonly module: string;
  /** A module, or a commit whose module it is compared with. */
  readonly before?: string;
  readonly rounds: number;
  readonly requests: number;
  readonly soak: number;
  readonly onlySoak: boolean;
  readonly strict: boolean;
}

function count(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('give a whole number above 0');
  return Number(text);
}

/** Ends the process with 2 when the words are no usage of the command, with 0 after help. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  return new Command('npm run bench:filter --')
    .description(
      'Measures the CPU time that a request takes in Envoy with the filter, against Envoy without it and its native ext_authz',
    )
    .option('--module <file>', 'the filter to measure', 'dist/filter/sp_agent.wasm')
    .option(
      '--before <file or commit>',
      'compare with this module, or the one of this commit, round by round; measures nothing else',
    )
    .option('--rounds <number>', 'rounds, in each of which everything is measured once', count, 60)
    .option(
      // By default a multiple of a batch of recordings, so that few rounds end with waiting for the last.
      '--requests <number>',
      'requests to each listener in a round; a quarter of it for 64 KB',
      count,
      192,
    )
    .option('--soak <number>', 'requests after which memory must not have grown', count, 10_000)
    .option('--only-soak', 'send these requests and measure nothing else', false)
    .option('--strict', 'exit code 1 also when a target is missed', false)
    .addHelpText(
      'after',
      '\nExit code 0: all was measured; 1: a call was not made, or a proxy failed; 2: wrong usage',
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(argv)
    .opts<BenchOptions>();
}
