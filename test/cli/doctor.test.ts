import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import projectPackage from '../../package.json' with { type: 'json' };
import { apiServer } from '../../operator/cli/doctor/api-server.ts';
import { checks } from '../../operator/cli/doctor/checks.ts';
import { crd } from '../../operator/cli/doctor/crd.ts';
import { missingFields } from '../../operator/cli/doctor/missing-fields.ts';
import { someOf } from '../../operator/cli/doctor/some-of.ts';
import { versions } from '../../operator/cli/doctor/versions.ts';
import { listOf, scriptedFacts } from '../support/scripted-api.ts';

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
      await using api = await scriptedFacts({ '/version': version });
      assert.equal((await apiServer.run(api.facts)).state, state);
    });
  }
});

describe('the checks of spagent doctor', () => {
  it('have codes of their own, each explained in docs/troubleshooting.md', () => {
    const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/^## (SP[0-9]+)$/gm)].map(([, code]) => code);
    assert.deepEqual(
      checks.map(({ code }) => code),
      explained,
    );
  });

  it('name the first five of many objects', () => {
    assert.equal(someOf(['a', 'b']), 'a, b');
    assert.equal(someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g']), 'a, b, c, d, e and 2 more');
  });
});

describe('spagent doctor compares versions:', () => {
  const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/';
  interface Definition {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } } }[] };
  }
  const established = (plural: string) => {
    const file = new URL(`../../crds/softprobe.ai_${plural}.yaml`, import.meta.url);
    const definition = load(readFileSync(file, 'utf8')) as Definition;
    return { ...definition, status: { conditions: [{ type: 'Established', status: 'True' }] } };
  };
  const withCrds = (agents: object) =>
    scriptedFacts({
      [`${crdPath}spagents.softprobe.ai`]: agents,
      [`${crdPath}spagentrevisions.softprobe.ai`]: established('spagentrevisions'),
    });

  it('the CRD of this version lacks nothing', async () => {
    await using api = await withCrds(established('spagents'));
    assert.deepEqual(await crd.run(api.facts), {
      state: 'Good',
      message: 'spagents.softprobe.ai v1alpha1 is established',
    });
  });

  it('an older CRD is found by the fields that it lacks', async () => {
    const older = established('spagents');
    const spec = older.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {};
    Reflect.deleteProperty(spec, 'logLevel');
    await using api = await withCrds(older);
    const { state, message } = await crd.run(api.facts);
    assert.equal(state, 'Bad');
    assert.match(message, /of another version: it does not know spec\.logLevel$/);
  });

  it('fields that are missing inside lists and objects are named by their paths', () => {
    const wanted = {
      properties: { a: { items: { properties: { b: {}, c: {} } } }, d: {}, free: { properties: { e: {} } } },
    };
    const present = { properties: { a: { items: { properties: { b: {} } } }, free: {}, later: {} } };
    assert.deepEqual(missingFields(wanted, present, 'spec'), ['spec.a[].c', 'spec.d']);
  });

  for (const [version, state] of [
    [projectPackage.version, 'Good'],
    ['9.8.7', 'Doubtful'],
  ] as const) {
    it(`an operator of version ${version === '9.8.7' ? 'other than' : 'like'} this spagent is ${state}`, async () => {
      const labels = { 'app.kubernetes.io/version': version };
      const deployment = { metadata: { namespace: 'sp-system', name: 'sp-agent', labels }, spec: {} };
      await using api = await scriptedFacts({ '/apis/apps/v1/deployments': listOf(deployment) });
      const diagnosis = await versions.run(api.facts);
      assert.equal(diagnosis.state, state);
      assert.ok(diagnosis.message.includes(version));
    });
  }
});
