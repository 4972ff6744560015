import { Option } from 'commander';
import { once } from 'node:events';
import { messageOf } from '../../operator/api/errors.ts';
import { commandLine } from '../command-line.ts';
import { prepareMachine } from '../mesh/mesh.ts';
import { whyNoNode } from '../node/prerequisites.ts';
import { toolsOfLevel, type ToolName } from '../tools/catalog.ts';
import { durationText, showProgressAsLines } from '../tools/progress.ts';
import { buildSeconds, ensureTools, missingTools, tool } from '../tools/tool.ts';
import { showFilterAlone } from './filter-alone.ts';
import { meshDemo, meshStepCount } from './mesh.ts';
import { narrator, type Narrator } from './narrate.ts';
import { quickDemo, quickStepCount, quickTools } from './quick.ts';

const program = commandLine(
  'npm run demo',
  'Runs the main job of SP Agent visibly, on real parts, and takes everything down again',
)
  .addOption(
    new Option(
      '--quick',
      'played pods and an Envoy beside them, instead of a real node with Istio; needs no root',
    ).conflicts('mesh'),
  )
  .option('--mesh', 'a real node with Istio, also where its tools must be built first')
  .option('--keep', 'leave everything up until Ctrl-C, and print the kubeconfig to use')
  .parse();
const { keep, quick, mesh } = program.opts<{ keep?: boolean; quick?: boolean; mesh?: boolean }>();

const next = `
What to do next
    npm run demo -- --keep          look around with kubectl
    npm run demo -- --quick         the same with played pods and an Envoy beside them
    npm test                        run every test
    docs/reference.md               every field, condition and reason of a SpAgent
    README.md, "Use it"             install it in a cluster with Istio
`;

/** The mesh where this machine can be its node and has its tools, else the control plane alone. */
async function run(stack: AsyncDisposableStack): Promise<string> {
  if (mesh) return runWith(stack, 'mesh');
  if (quick) return runWith(stack, 'quick');
  const missing = await missingTools(toolsOfLevel(3));
  if (missing.length === 0) {
    const why = await whyNoMesh();
    if (why === undefined) return runWith(stack, 'mesh');
    process.stdout.write(`This machine cannot be a mesh, so pods are played (as with --quick): ${why}\n`);
  }
  const kubeconfig = await runWith(stack, 'quick');
  if (missing.length > 0 && whyNoNode() === undefined) process.stdout.write(await offerOfMesh());
  return kubeconfig;
}

const log = (line: string) => process.stdout.write(`${line}\n`);

interface Form {
  readonly tools: readonly ToolName[];
  readonly prepare: () => Promise<void>;
}

const forms = {
  quick: {
    tools: quickTools,
    prepare: () => ensureTools(quickTools),
    steps: quickStepCount,
    show: quickDemo,
  },
  mesh: {
    tools: toolsOfLevel(3),
    prepare: () => prepareMachine(log),
    steps: meshStepCount,
    show: meshDemo,
  },
} as const;

async function runWith(stack: AsyncDisposableStack, form: keyof typeof forms): Promise<string> {
  const { tools, prepare, steps, show } = forms[form];
  const isCold = (await missingTools(tools)).length > 0;
  const narrate = narrator(steps + (isCold ? 1 : 0));
  if (isCold) await showFilterMeanwhile({ tools, prepare }, narrate);
  return show(stack, narrate);
}

/** Shows what needs no cluster while the tools that make one are fetched or built. */
async function showFilterMeanwhile({ tools, prepare }: Form, narrate: Narrator): Promise<void> {
  narrate.step('The filter alone in a real Envoy, while the tools for a cluster are fetched or built');
  await tool('envoy');
  showProgressAsLines();
  // Whoever needs them next gets the failure.
  prepare().catch(() => undefined);
  await showFilterAlone(narrate);
  const time = durationText(buildSeconds(await missingTools(tools)));
  narrate.line(
    `next: a cluster. Where its tools cannot be downloaded, building them takes about ${time} on two cores`,
  );
}

async function offerOfMesh(): Promise<string> {
  const missing = await missingTools(toolsOfLevel(3));
  const time = durationText(buildSeconds(missing));
  return `
Not shown: the same in a real node with Istio, with traffic through sidecars. It needs ${missing.length} more tools, which are downloaded,
or built from source in about ${time} on two cores:
    npm run demo -- --mesh
`;
}

async function whyNoMesh(): Promise<string | undefined> {
  try {
    await prepareMachine(log);
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
  const demo = run(stack);
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
