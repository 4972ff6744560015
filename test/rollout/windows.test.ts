import assert from 'node:assert/strict';
import { rolloutSchema } from '../../operator/api/rollout-schema.ts';
import { nextOpening } from '../../operator/rollout/windows.ts';

function opening(window: object, now: string): string {
  const { windows } = rolloutSchema.parse({ windows: [window] });
  return new Date(nextOpening(windows, Date.parse(now))).toISOString();
}

const workdays = {
  days: ['Mon', 'Tue', 'Wed', 'Thu'],
  from: '09:00',
  to: '16:00',
  timeZone: 'Europe/Zurich',
};

describe('windows of a rollout', () => {
  it('are always open where there are none', () => {
    assert.equal(nextOpening([], 17), 17);
  });

  const cases: [title: string, window: object, now: string, opens: string][] = [
    ['is open within its time', workdays, '2026-01-07T10:00:00Z', '2026-01-07T10:00:00.000Z'],
    ['is open from its first minute', workdays, '2026-01-07T08:00:00Z', '2026-01-07T08:00:00.000Z'],
    ['is closed at its last', workdays, '2026-01-07T15:00:00Z', '2026-01-08T08:00:00.000Z'],
    ['opens later the same day', workdays, '2026-01-07T03:00:00Z', '2026-01-07T08:00:00.000Z'],
    [
      'opens at a full minute, whenever it is asked',
      workdays,
      '2026-01-07T03:00:00.400Z',
      '2026-01-07T08:00:00.000Z',
    ],
    ['opens on its next day', workdays, '2026-01-08T20:00:00Z', '2026-01-12T08:00:00.000Z'],
    ['follows summer time', workdays, '2026-03-27T20:00:00Z', '2026-03-30T07:00:00.000Z'],
    ['follows winter time', workdays, '2026-10-23T20:00:00Z', '2026-10-26T08:00:00.000Z'],
    [
      'lasts over midnight into a day that it does not name',
      { days: ['Fri'], from: '22:00', to: '04:00' },
      '2026-01-03T03:00:00Z',
      '2026-01-03T03:00:00.000Z',
    ],
    [
      'ends on the day after it began',
      { days: ['Fri'], from: '22:00', to: '04:00' },
      '2026-01-03T04:00:00Z',
      '2026-01-09T22:00:00.000Z',
    ],
    [
      'lasts a day where its end is its beginning',
      { days: ['Sat'], from: '12:00', to: '12:00' },
      '2026-01-04T11:00:00Z',
      '2026-01-04T11:00:00.000Z',
    ],
    [
      'opens a week later where it has just closed',
      { days: ['Sat'], from: '12:00', to: '13:00' },
      '2026-01-03T13:00:00Z',
      '2026-01-10T12:00:00.000Z',
    ],
    [
      'opens after the hour that clocks skip',
      { from: '02:30', to: '05:00', timeZone: 'Europe/Zurich' },
      '2026-03-28T23:30:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
  ];
  for (const [title, window, now, opens] of cases) {
    it(title, () => {
      assert.equal(opening(window, now), opens);
    });
  }

  it('open with the first of them', () => {
    const { windows } = rolloutSchema.parse({
      windows: [workdays, { days: ['Sun'], from: '06:00', to: '07:00' }],
    });
    const opens = nextOpening(windows, Date.parse('2026-01-09T12:00:00Z'));
    assert.equal(new Date(opens).toISOString(), '2026-01-11T06:00:00.000Z');
  });
});
