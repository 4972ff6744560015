import assert from 'node:assert/strict';
import { profileSettings } from '../../operator/render/backend/profile.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';

const settingsOf = (spec: object) => profileSettings(agentOf({ ...minimalSpec, ...spec }).spec);

describe('the profile of a backend', () => {
  it('Runtime looks up by headers, in sessions alone, lets nothing of them past, and saves each recording once', () => {
    assert.deepEqual(settingsOf({ backend: { profile: 'Runtime' } }), {
      auth: 'Both',
      when: 'Session',
      body: 'Ignore',
      onAnswer: 'Pass',
      statuses: ['2xx', '3xx', '4xx', '5xx'],
      bypassInSession: false,
      sessionMember: 'x-softprobe-session-id',
      savePerSession: true,
      saveRetry: 'Refused',
    });
  });

  it('is Hosted without one', () => {
    assert.deepEqual(settingsOf({}), settingsOf({ backend: { profile: 'Hosted' } }));
    assert.deepEqual([settingsOf({}).when, settingsOf({}).statuses], ['Always', ['2xx']]);
  });

  const overrides: [key: string, spec: object, value: unknown][] = [
    ['auth', { backend: { auth: 'Bearer' } }, 'Bearer'],
    ['sessionMember', { backend: { sessionMember: 'x-sp-session-id' } }, 'x-sp-session-id'],
    ['savePerSession', { backend: { savePerSession: false } }, false],
    ['saveRetry', { backend: { saveRetry: 'Transient' } }, 'Transient'],
    ['when', { lookup: { when: 'Always' } }, 'Always'],
    ['body', { lookup: { body: 'Match' } }, 'Match'],
    ['onAnswer', { lookup: { onAnswer: 'Upstream' } }, 'Upstream'],
    ['statuses', { capture: { statuses: ['404'] } }, ['404']],
    ['bypassInSession', { capture: { bypassInSession: true } }, true],
  ];
  for (const [key, spec, value] of overrides) {
    it(`gives way to the spec's own ${key}`, () => {
      const backend = { profile: 'Runtime', ...('backend' in spec ? (spec.backend as object) : {}) };
      const settings: Record<string, unknown> = { ...settingsOf({ ...spec, backend }) };
      assert.deepEqual(settings[key], value);
      assert.deepEqual(
        { ...settings, [key]: undefined },
        {
          ...settingsOf({ backend: { profile: 'Runtime' } }),
          [key]: undefined,
        },
      );
    });
  }
});
