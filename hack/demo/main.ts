import { Command } from 'commander';
import { once } from 'node:events';
import { narrator } from './narrate.ts';
import { quickDemo, quickStepCount } from './quick.ts';

const program = new Command('npm run demo --')
  .description('Runs the main job of SP Agent visibly, on real parts, and takes everything down again')
  .option('--keep', 'leave everything up until Ctrl-C, and print the kubeconfig to use')
  .parse();
const { keep } = program.opts<{ keep?: boolean }>();

const next = `
What to do next
    npm run demo -- --keep          look around with kubectl
    npm test                        run every test
    docs/reference.md               every field, condition and reason of a SpAgent
    On a cluster with Istio: kubectl apply -f crds/ && helm install sp-agent charts/ -n sp-system --create-namespace
`;

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const interrupted = new Promise<NodeJS.Signals>((resolve) => (interrupt = resolve));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);

  process.stdout.write(
    'SP Agent: one SpAgent, from source to a replayed answer. Your own KUBECONFIG is not touched.\n',
  );
  const demo = quickDemo(stack, narrator(quickStepCount));
  const ended = await Promise.race([demo, interrupted.then((signal) => ({ signal }))]);
  if (typeof ended === 'object') {
    process.stdout.write(`\n${ended.signal}: taking everything down\n`);
    // What is under way fails as its parts go away; that is not news.
    demo.catch(() => undefined);
    await stack.disposeAsync();
    process.exit(130);
  }
  process.stdout.write(next);
  if (keep) {
    process.stdout.write(`\nEverything stays up until Ctrl-C:\n    export KUBECONFIG=${ended}\n`);
    await once(process, 'SIGINT');
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
