import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { spagent } from '../support/cli.ts';
import { sharedCluster } from '../support/cluster.ts';
import { patience, startWorld, type World } from '../support/operator.ts';
import { eventually } from '../support/eventually.ts';

const secrets = {
  secret: 'value-in-a-secret',
  variable: 'value-in-a-variable',
  annotation: 'value-in-an-annotation',
  templateAnnotation: 'value-in-a-template-annotation',
  header: 'name-in-a-header-list',
  path: 'part-of-an-address',
  lookup: 'value-in-a-gate',
};

async function unpack(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const tar = extract();
  tar.end(gunzipSync(archive));
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name.replace(/^[^/]*\//, ''), Buffer.concat(chunks).toString());
  }
  return files;
}

describe('spagent support-bundle on a real API server', () => {
  let world: World;
  let directory: string;
  let kubeconfig: string;
  let bundle: Buffer;

  before(async () => {
    const cluster = await sharedCluster();
    kubeconfig = cluster.kubeconfig;
    world = await startWorld(cluster);
    directory = await mkdtemp(join(tmpdir(), 'support-bundle-'));
    await world.create('Secret', 'planted', { stringData: { password: secrets.secret } });
    const labels = { app: 'checkout' };
    await world.create('Deployment', 'checkout', {
      metadata: { annotations: { note: secrets.annotation } },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { note: secrets.templateAnnotation } },
          spec: {
            containers: [
              { name: 'app', image: 'app', env: [{ name: 'PASSWORD', value: secrets.variable }] },
              { name: 'istio-proxy', image: 'istio/proxyv2:1.30.0' },
            ],
          },
        },
      },
    });
    const query = `sum(rate({x="${secrets.lookup}"}[1m]))`;
    await world.createAgent('checkout', {
      backend: { url: `https://backend.example/${secrets.path}` },
      capture: { redactHeaders: [secrets.header] },
      rollout: {
        gates: [{ name: 'errors', prometheus: { address: 'http://prometheus.example', query, max: 1 } }],
      },
    });
    await world.patch('SpAgent', 'checkout', { metadata: { annotations: { note: secrets.annotation } } });
    // No such server answers: the rollout waits for the gate.
    await world.condition('checkout', 'Ready', { status: 'False', reason: 'Progressing' });
    await eventually(
      'the operator has written an event',
      async () => (await world.list('Event')).length > 0,
      patience,
    );
    const file = join(directory, 'bundle.tar.gz');
    const { code, note } = await spagent('support-bundle', '-f', file, ...inNamespace());
    assert.equal(code, 0, note);
    bundle = await readFile(file);
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const inNamespace = () => ['--kubeconfig', kubeconfig, '-n', world.namespace];

  it('has the agents, revisions, Istio resources, workloads, pods, events and findings of the namespace', async () => {
    const files = await unpack(bundle);
    const folder = `namespaces/${world.namespace}`;
    const parts = ['agents', 'revisions', 'rendered', 'workloads', 'pods-of-checkout', 'events'];
    for (const name of parts) {
      const objects = JSON.parse(files.get(`${folder}/${name}.json`) ?? '') as object[];
      assert.notEqual(objects.length, 0, name);
    }
    const findings = JSON.parse(files.get('doctor.json') ?? '') as { code: string; state: string }[];
    assert.ok(findings.some(({ code, state }) => code === 'SP008' && state === 'Bad'));
    assert.ok('kubernetes' in (JSON.parse(files.get('versions.json') ?? '') as object));
    assert.match(files.get('not-read.txt') ?? '', /statistics of the proxy of Pod /);
    assert.match(files.get(`${folder}/agents.json`) ?? '', /"reason": "Progressing"/);
  });

  it('has nothing of what was planted in a Secret, a variable, annotations, a list of headers and addresses', async () => {
    const files = await unpack(bundle);
    for (const [place, secret] of Object.entries(secrets)) {
      for (const [path, text] of files) assert.ok(!text.includes(secret), `${place} in ${path}`);
    }
  });

  it('leaves a file that is there as it is', async () => {
    const { code, note } = await spagent(
      'support-bundle',
      '-f',
      join(directory, 'bundle.tar.gz'),
      ...inNamespace(),
    );
    assert.equal(code, 2);
    assert.match(note, /bundle\.tar\.gz: file already exists; give another --file/);
    assert.deepEqual(await readFile(join(directory, 'bundle.tar.gz')), bundle);
  });
});
