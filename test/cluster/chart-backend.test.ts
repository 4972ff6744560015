import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadAll } from 'js-yaml';
import { run } from '../../hack/tools/run.ts';
import { tool } from '../../hack/tools/tool.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { chartImage } from '../support/chart-image.ts';
import { createNamespace, sharedCluster, type TestNamespace } from '../support/cluster.ts';

const root = join(import.meta.dirname, '..', '..');

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: { readonly spec: { readonly containers: { readonly args: string[] }[] } };
  };
}

const template = async (namespace: string, ...args: string[]) =>
  run(
    [
      await tool('helm'),
      ...['template', 'sp-agent', join(root, 'charts'), '-n', namespace, chartImage],
      ...['--show-only', 'templates/backend.yaml', ...args],
    ],
    { timeoutSeconds: 60 },
  );

describe('the development backend of the chart', () => {
  let namespace: TestNamespace;
  let scratch: string;
  before(async () => {
    namespace = await createNamespace(await sharedCluster());
    scratch = await mkdtemp(join(tmpdir(), 'chart-backend-'));
  });
  after(async () => {
    await namespace[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true });
  });

  it('is left out by default', async () => {
    await assert.rejects(template(namespace.name), /could not find template/);
  });

  it('is taken by the API server, and runs in a pod', async () => {
    const cluster = await sharedCluster();
    const file = join(scratch, 'backend.yaml');
    await writeFile(file, await template(namespace.name, '--set=backend.enabled=true'));
    await kubectl(cluster.kubeconfig, ['apply', '--validate=strict', '-f', file]);
    await kubectl(cluster.kubeconfig, [
      ...['-n', namespace.name, 'wait', 'deployment/sp-agent-backend'],
      ...['--for=condition=Available', '--timeout=60s'],
    ]);
  });

  it('answers by the names of its Service, and by no other', async () => {
    const text = await template('shop', '--set=backend.enabled=true,backend.allowedHosts={recorder.example}');
    const deployment = (loadAll(text) as Manifest[]).find(({ kind }) => kind === 'Deployment');
    const args = deployment?.spec.template?.spec.containers[0]?.args ?? [];
    const ownArgs = args.map((arg) =>
      arg.replace(/^--port=.*/, '--port=0').replace(/^--data=.*/, '--data=:memory:'),
    );
    const child = spawn(process.execPath, ['operator/backend/main.ts', ...ownArgs], { cwd: root });
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const port = /127\.0\.0\.1:(\d+)|0\.0\.0\.0:(\d+)/.exec(line)?.slice(1).find(Boolean);
      const statusFor = async (host: string) => {
        const sent = request({ port, host: '127.0.0.1', path: '/health', headers: { host } });
        sent.end();
        const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
        response.resume();
        return response.statusCode;
      };
      const allowed = [
        'sp-agent-backend.shop.svc:8787',
        'sp-agent-backend.shop.svc.cluster.local:8787',
        'sp-agent-backend.shop',
        'recorder.example',
        '10.244.0.7:8787',
      ];
      for (const host of allowed) assert.equal(await statusFor(host), 200, host);
      for (const host of ['other.shop.svc', 'evil.example']) assert.equal(await statusFor(host), 403, host);
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });
});
