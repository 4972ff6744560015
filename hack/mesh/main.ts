/** `npm run mesh -- up|down|status`: a Kubernetes node with Istio on this machine. */
import { Option } from 'commander';
import { messageOf } from '../../operator/api/errors.ts';
import { commandLine } from '../command-line.ts';
import * as kind from './kind.ts';
import * as local from './local.ts';

const providers = { local, kind };

interface Options {
  readonly provider: keyof typeof providers;
}

const log = (line: string) => console.log(line);

const program = commandLine(
  'npm run mesh',
  'A Kubernetes node with a real Istio, for the mesh tests and for trying things out',
)
  .configureHelp({ showGlobalOptions: true })
  .addOption(
    new Option('--provider <provider>', 'local: this machine is the node (Linux, root); kind: Docker')
      .choices(Object.keys(providers))
      .default('local'),
  );

const provider = () => providers[program.opts<Options>().provider];

program
  .command('up')
  .description('bring it up, if it is not, and print its kubeconfig')
  .action(async () => {
    const kubeconfig = await provider().up(log);
    log(
      `\nThe mesh is up. Use it:\n\n  export KUBECONFIG=${kubeconfig}\n\nTake it down: npm run mesh -- down`,
    );
  });
program
  .command('down')
  .description('take it down, with everything it made')
  .action(() => provider().down(log));
program
  .command('status')
  .description('show whether it is up, and what runs in it')
  .action(async () => log(await provider().status()));

try {
  await program.parseAsync();
} catch (error) {
  console.error(`mesh: ${messageOf(error)}`);
  process.exitCode = 1;
}
