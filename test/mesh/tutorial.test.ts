import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { operatorImage } from '../../hack/image/operator-image.ts';
import { tool } from '../../hack/tools/tool.ts';
import { blocksRunBy } from '../support/doc-blocks.ts';
import { startDocShell, type DocShell } from '../support/doc-shell.ts';
import { writeNodeImage } from './support/node-image.ts';
import { operatorInstalled, release } from './support/operator.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';

const page = 'docs/tutorial.md';

/** What readers put in the place of REGISTRY, on a node that has the image already. */
const { repository, tag } = operatorImage;
const image = `${repository},image.tag=${tag},image.pullPolicy=Never`;

async function loadNodeImage(): Promise<void> {
  const { mesh } = await sharedMesh();
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-image-'));
  try {
    const archive = join(directory, 'node.tar');
    await writeNodeImage(archive);
    await mesh.loadImage(archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describeOnMesh('the tutorial', () => {
  const stack = new AsyncDisposableStack();
  let shell: DocShell;

  before(async () => {
    await Promise.all([operatorInstalled(), loadNodeImage()]);
    const { mesh } = await sharedMesh();
    const home = await mkdtemp(join(tmpdir(), 'sp-agent-tutorial-'));
    stack.defer(() => rm(home, { recursive: true, force: true }));
    const environment = {
      KUBECONFIG: mesh.kubeconfig,
      KUBECACHEDIR: join(home, 'kube-cache'),
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
    };
    const programs = [dirname(await tool('kubectl')), dirname(await tool('helm'))];
    shell = stack.use(await startDocShell({ environment, programs }));
    // The other tests install the operator with settings of their own.
    stack.defer(() => release('upgrade'));
  });
  after(() => stack.disposeAsync());

  it('leads, command by command, from nothing to a response that is replayed', async () => {
    const blocks = blocksRunBy(import.meta.filename, page);
    let asked = '';
    for (const { text } of blocks) {
      const output = await shell.run(text.replace('REGISTRY/sp-agent', image));
      if (text.includes('ask ')) asked = output;
    }
    assert.match(asked, /^answer 1\n+answer 1$/m);
  });
});
