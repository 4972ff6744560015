import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { apiServer } from '../../operator/cli/doctor/api-server.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const chart = load(readFileSync(new URL('../../charts/Chart.yaml', import.meta.url), 'utf8')) as {
  kubeVersion: string;
};
const oldestMinor = Number(/^>=1\.([0-9]+)\./.exec(chart.kubeVersion)?.[1]);

describe('spagent doctor', () => {
  const states = [
    [oldestMinor - 1, 'Doubtful'],
    [oldestMinor, 'Good'],
  ] as const;
  for (const [minor, state] of states) {
    it(`calls Kubernetes 1.${minor} ${state}, as the chart does`, async () => {
      const version = { major: '1', minor: String(minor), gitVersion: `v1.${minor}.2` };
      await using server = await startScriptedServer((_, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(version));
      });
      await using client = await clientOf(server.port);
      const connection = { client, namespace: 'default', [Symbol.asyncDispose]: () => Promise.resolve() };
      assert.equal((await apiServer.run(connection)).state, state);
    });
  }
});
