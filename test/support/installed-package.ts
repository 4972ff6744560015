import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packArchive } from '../../hack/bundle/pack.ts';
import { writePackage } from '../../hack/bundle/write-package.ts';

const run = promisify(execFile);

export const agentYaml = `apiVersion: softprobe.ai/v1alpha1
kind: SpAgent
metadata: {name: checkout}
spec: {selector: {matchLabels: {app: checkout}}, backend: {url: "https://o.softprobe.ai"}}
`;

const recordings = {
  log: {
    entries: [
      {
        request: { method: 'GET', url: 'http://shop/', headers: [] },
        response: { status: 200, headers: [], content: { text: 'hello' } },
      },
    ],
  },
};

/** `spagent` as npm installs it from its archive. */
export interface InstalledPackage extends AsyncDisposable {
  /** A folder to work in, beside it, with `agent.yaml` and `recordings.har`. */
  readonly directory: string;
  /** The folder of the package. */
  readonly installed: string;
  /** What a shell would run. */
  readonly program: string;
}

/** Packs the command line and installs it, without a registry: what it needs is in it. */
export async function installPackage(): Promise<InstalledPackage> {
  const home = await mkdtemp(join(tmpdir(), 'package-'));
  await writePackage(join(home, 'package'));
  const archive = await packArchive(join(home, 'package'), home);
  const prefix = join(home, 'npm');
  await run('npm', ['install', '--global', '--offline', '--prefix', prefix, archive]);
  const directory = await mkdtemp(join(home, 'work-'));
  await writeFile(join(directory, 'agent.yaml'), agentYaml);
  await writeFile(join(directory, 'recordings.har'), JSON.stringify(recordings));
  return {
    directory,
    installed: join(prefix, 'lib', 'node_modules', 'spagent'),
    program: join(prefix, 'bin', 'spagent'),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true }),
  };
}
