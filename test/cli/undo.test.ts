import assert from 'node:assert/strict';
import { revisionObject } from '../../operator/controller/revision-object.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, policy, redactionKey, wholeMesh } from '../support/agent.ts';
import { startSpagent } from '../support/cli.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { revisionOf } from '../support/rollout.ts';
import { startScriptedServer, type Arrival, type ScriptedServer } from '../support/scripted-server.ts';

const publicKey = { state: 'NotWanted' } as const;

function revisionWith(number: number, spec: object) {
  const agent = agentOf({ ...minimalSpec, ...spec });
  const wanted = wantedRevision({ agent, artifact, mesh: wholeMesh, publicKey, redactionKey, policy });
  if ('reason' in wanted) throw new Error(wanted.message);
  const object = revisionObject(agent, revisionOf(wanted.id, { number, data: wanted.data }), agent.spec);
  return { id: wanted.id, number, object };
}

const one = revisionWith(1, { direction: 'Inbound' });
const two = revisionWith(2, { direction: 'Both' });
const three = revisionWith(3, { direction: 'Outbound' });

const historyOf = (outcomes: Readonly<Record<number, string>>) =>
  [three, two, one].map(({ id, number }) => ({
    revision: id,
    revisionNumber: number,
    digest: artifact.digest,
    createdAt: '2026-01-02T03:04:05Z',
    outcome: outcomes[number],
  }));

describe('spagent undo and diff', () => {
  let server: ScriptedServer;
  let kubeconfig: Awaited<ReturnType<typeof kubeconfigOf>>;
  let agent: Record<string, unknown>;
  let revisions: object[];
  let patchStatus: number;

  beforeEach(async () => {
    patchStatus = 200;
    revisions = [one.object, two.object, three.object];
    agent = {
      metadata: {
        namespace: 'shop',
        name: 'checkout',
        uid: 'u1',
        resourceVersion: '42',
        generation: 3,
        creationTimestamp: '2026-01-02T03:04:05Z',
      },
      spec: { ...minimalSpec, direction: 'Outbound' },
      status: {
        targetRevision: three.id,
        stableRevision: three.id,
        history: historyOf({ 1: 'Superseded', 2: 'Failed', 3: 'Stable' }),
      },
    };
    server = await startScriptedServer(({ method, path }, response) => {
      response.setHeader('content-type', 'application/json');
      if (method === 'PATCH') {
        const body = patchStatus === 200 ? agent : { message: 'testing path /metadata/resourceVersion' };
        return void response.writeHead(patchStatus).end(JSON.stringify(body));
      }
      const body = path.includes('spagentrevisions') ? { metadata: {}, items: revisions } : agent;
      response.end(JSON.stringify(body));
    });
    kubeconfig = await kubeconfigOf(server.port);
  });
  afterEach(async () => {
    await kubeconfig[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const cluster = () => ['-n', 'shop', '--kubeconfig', kubeconfig.file];
  const undo = (answer: boolean | undefined, ...words: string[]) => {
    const asked: string[] = [];
    const confirm = (question: string) => {
      asked.push(question);
      return Promise.resolve(answer);
    };
    const { result } = startSpagent({ confirm }, 'undo', 'checkout', ...cluster(), ...words);
    return result.then((outcome) => ({ ...outcome, asked }));
  };
  const patches = () =>
    server.arrivals
      .filter(({ method }) => method === 'PATCH')
      .map(({ body }: Arrival) => JSON.parse(String(body)) as { op: string; path: string; value: unknown }[]);

  it('shows the change to the latest revision that did not fail, asks, and applies its spec to the object shown', async () => {
    const { code, out, asked, note } = await undo(true);
    assert.equal(code, 0, note);
    assert.match(out, /^--- present spec\n\+\+\+ revision 1 /);
    assert.match(out, /^-direction: Outbound\n\+direction: Inbound$/m);
    assert.deepEqual(asked, ['Apply this to SpAgent shop/checkout?']);
    const [patch = []] = patches();
    assert.deepEqual(patch[0], { op: 'test', path: '/metadata/resourceVersion', value: '42' });
    assert.equal(patch[1]?.path, '/spec');
    assert.equal((patch[1]?.value as { direction: string } | undefined)?.direction, 'Inbound');
  });

  it('goes back to the stable revision where the present one failed', async () => {
    agent['status'] = {
      targetRevision: three.id,
      stableRevision: two.id,
      history: historyOf({ 1: 'Superseded', 2: 'Stable', 3: 'Failed' }),
    };
    const { out } = await undo(true);
    assert.match(out, /^\+direction: Both$/m);
  });

  it('goes to the revision that is named', async () => {
    const { out, note } = await undo(undefined, '--to', '2', '--yes');
    assert.match(out, /^\+direction: Both$/m);
    assert.match(note, /SpAgent shop\/checkout: has the spec of revision 2 /);
    const missing = await undo(true, '--to', '9');
    assert.match(missing.note, /no revision 9; there are: 1, 2, 3/);
  });

  it('changes nothing without a yes', async () => {
    assert.equal((await undo(false)).code, 1);
    const piped = await undo(undefined);
    assert.equal(piped.code, 2);
    assert.match(piped.note, /give --yes/);
    assert.deepEqual(patches(), []);
  });

  it('asks to look again when the object was changed meanwhile', async () => {
    patchStatus = 422;
    const { code, note } = await undo(true);
    assert.equal(code, 1);
    assert.match(note, /was changed while you looked at it; run spagent undo again/);
  });

  it('warns where another tool applies the spec', async () => {
    (agent['metadata'] as Record<string, unknown>)['managedFields'] = [
      { manager: 'argocd-controller', operation: 'Apply', fieldsV1: { 'f:spec': {} } },
    ];
    assert.match((await undo(true)).note, /"argocd-controller" applies this spec too/);
  });

  it('reports a revision of an operator that kept no spec', async () => {
    revisions = [{ ...one.object, spec: { ...one.object.spec, agentSpec: undefined } }, three.object];
    const { code, note } = await undo(true);
    assert.equal(code, 1);
    assert.match(note, /revision 1 was created by an operator that kept no spec/);
  });

  it('leaves out revisions that the operator did not write', async () => {
    const spec = { ...one.object.spec, data: { ...one.object.spec.data, failStrategy: 'FailClose' } };
    revisions = [{ ...one.object, spec }, three.object];
    assert.match((await undo(true, '--to', '1')).note, /no revision 1; there are: 3/);
  });

  it('compares two revisions, or the present spec with the one before', async () => {
    const diff = (...words: string[]) => startSpagent({}, 'diff', 'checkout', ...cluster(), ...words).result;
    assert.match((await diff()).out, /^--- revision 1\n\+\+\+ present spec\n/);
    assert.match((await diff('--from', '1', '--to', '2')).out, /^-direction: Inbound\n\+direction: Both$/m);
    const equal = await diff('--from', '3');
    assert.deepEqual([equal.out, equal.note], ['', 'revision 3 and present spec are equal\n']);
  });

  it('shows in the history what changed in each revision', async () => {
    const { out } = await startSpagent({}, 'history', 'checkout', ...cluster()).result;
    assert.match(out, /^2 .* Failed .* direction$/m);
    assert.match(out, /^1 .* Superseded .* -$/m);
  });
});
