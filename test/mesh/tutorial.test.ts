import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorImage } from '../../hack/image/operator-image.ts';
import { blocksRunBy } from '../support/doc-blocks.ts';
import { clusterPrograms, startDocShell, type DocShell } from '../support/doc-shell.ts';
import { loadImage } from './support/load-image.ts';
import { writeNodeImage } from './support/node-image.ts';
import { operatorInstalled, release } from './support/operator.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';

const page = 'docs/tutorial.md';

/** What readers put in the place of REGISTRY, on a node that has the image already. */
const { repository, tag } = operatorImage;
const image = `${repository},image.tag=${tag},image.pullPolicy=Never`;

describeOnMesh('the tutorial', () => {
  const stack = new AsyncDisposableStack();
  let shell: DocShell;

  before(async () => {
    const { mesh } = await sharedMesh();
    await Promise.all([operatorInstalled(), loadImage(mesh, writeNodeImage)]);
    const home = await mkdtemp(join(tmpdir(), 'sp-agent-tutorial-'));
    stack.defer(() => rm(home, { recursive: true, force: true }));
    shell = stack.use(await startDocShell(await clusterPrograms(mesh.kubeconfig, home)));
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
