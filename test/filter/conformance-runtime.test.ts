import assert from 'node:assert/strict';
import { ControlClient } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import {
  forwardTo,
  startDevelopmentBackend,
  startRuntime,
  type Runtime,
} from '../support/softprobe-runtime.ts';

const runtimeSettings = {
  lookup: { when: 'session', ignoreBody: true, cacheRules: 'none', onAnswer: 'pass' },
  capture: { statuses: ['2xx', '3xx', '4xx', '5xx'] },
  session: { bypass: false, member: 'x-softprobe-session-id' },
  save: { perSession: true, retry: 'refused' },
};

const listeners = { main: { configuration: runtimeSettings } };

const binary = process.env['SP_AGENT_SOFTPROBE_RUNTIME'];

conform('the development backend', startDevelopmentBackend);
if (binary === undefined) {
  describe("Sessions of Softprobe's runtime", () => {
    it.skip('works as its own agent: SP_AGENT_SOFTPROBE_RUNTIME does not name the binary of a runtime');
  });
} else conform("Softprobe's runtime", () => startRuntime(binary));

/** The cases that need a backend with sessions, against one of them. */
function conform(name: string, start: () => Promise<Runtime>): void {
  describeInEnvoy(`Sessions of ${name}`, { listeners }, (fixture) => {
    let runtime: Runtime;
    let control: ControlClient;
    before(async () => {
      runtime = await start();
      control = new ControlClient(runtime);
      fixture().saveAnswer = forwardTo(runtime);
    });
    after(() => runtime[Symbol.asyncDispose]());

    /** One request of a session, on a path of its own. */
    async function send(session: string, path = freshPath()) {
      fixture().hit(path, forwardTo(runtime));
      return fixture().send('main', path, { headers: { 'x-softprobe-session-id': session } });
    }

    const stats = async (session: string) => {
      const { body } = await control.call('GET', `/v1/sessions/${session}/stats`);
      return body['stats'] as { injectedSpans: number; extractedSpans: number; strictMisses: number };
    };

    it('7: sends upstream what no rule answers', async () => {
      const answer = await send(await control.create());
      assert.deepEqual([answer.status, answer.body.toString()], [200, 'upstream']);
    });

    it('8: gives the application a strict miss', async () => {
      const session = await control.create();
      await control.setStrict(session);
      const path = freshPath();
      const answer = await send(session, path);
      assert.equal(answer.status, 500);
      assert.match(answer.body.toString(), /strict policy requires a mock rule match/);
      assert.equal(fixture().reached(path).length, 0);
      assert.equal((await stats(session)).strictMisses, 1);
    });

    it('9: gives the application what an error rule answers', async () => {
      const session = await control.create();
      for (const status of [403, 429, 599]) {
        const path = freshPath();
        const error = { status, body: { error: `no ${status}` } };
        await control.setRules(session, { when: { path }, then: { action: 'error', error } });
        const answer = await send(session, path);
        assert.equal(answer.status, status);
        assert.equal(fixture().reached(path).length, 0);
      }
    });

    it('13: replays the response of a mock', async () => {
      const session = await control.create();
      for (const status of [200, 204, 302, 500]) {
        const path = freshPath();
        const body = status === 204 ? '' : `mock ${status}`;
        const response = { status, headers: { 'x-mock': '1' }, body };
        await control.setRules(session, { when: { path }, then: { action: 'mock', response } });
        const answer = await send(session, path);
        assert.deepEqual(
          [answer.status, answer.body.toString(), answer.all('x-mock')],
          [status, body, ['1']],
        );
        assert.equal(fixture().reached(path).length, 0);
      }
    });

    it('15, 16: files each recording under its own session, before the session is closed', async () => {
      const sessions = [await control.create('capture'), await control.create('capture')];
      await Promise.all(sessions.flatMap((session) => [send(session), send(session)]));
      for (const session of sessions) {
        await eventually('both recordings', async () => (await stats(session)).extractedSpans === 2);
        assert.equal((await control.call('POST', `/v1/sessions/${session}/close`)).status, 200);
      }
    });
  });
}
