import { once } from 'node:events';
import { messageOf } from '../../operator/api/errors.ts';
import { commandLine } from '../command-line.ts';
import { prepareMachine } from '../mesh/mesh.ts';
import { meshDemo, meshStepCount } from './mesh.ts';
import { narrator } from './narrate.ts';
import { quickDemo, quickStepCount } from './quick.ts';

const program = commandLine(
  'npm run demo',
  'Runs the main job of SP Agent visibly, on real parts, and takes everything down again',
)
  .option('--quick', 'played pods and an Envoy beside them, instead of a real node with Istio; needs no root')
  .option('--keep', 'leave everything up until Ctrl-C, and print the kubeconfig to use')
  .parse();
const { keep, quick } = program.opts<{ keep?: boolean; quick?: boolean }>();

const next = `
What to do next
    npm run demo -- --keep          look around with kubectl
    npm run demo -- --quick         the same with played pods and an Envoy beside them
    npm test                        run every test
    docs/reference.md               every field, condition and reason of a SpAgent
    README.md, "Use it"             install it in a cluster with Istio
`;

/** The mesh where this machine can be its node, else the control plane alone. */
async function run(stack: AsyncDisposableStack, quick: boolean): Promise<string> {
  if (!quick) {
    const why = await whyNoMesh();
    if (why === undefined) return meshDemo(stack, narrator(meshStepCount));
    process.stdout.write(`This machine cannot be a mesh, so pods are played (as with --quick): ${why}\n`);
  }
  return quickDemo(stack, narrator(quickStepCount));
}

async function whyNoMesh(): Promise<string | undefined> {
  try {
    await prepareMachine((line) => process.stdout.write(`${line}\n`));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const interrupted = new Promise<NodeJS.Signals>((resolve) => (interrupt = resolve));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);

  process.stdout.write(
    'SP Agent: one SpAgent, from source to a replayed answer. Your own KUBECONFIG is not touched.\n',
  );
  const demo = run(stack, quick ?? false);
  const ended = await Promise.race([demo, interrupted.then((signal) => ({ signal }))]);
  if (typeof ended === 'object') {
    process.stdout.write(`\n${ended.signal}: taking everything down\n`);
    // What is in progress fails as its parts are removed; that needs no message.
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
  process.stderr.write(`\ndemo: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
