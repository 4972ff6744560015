import assert from 'node:assert/strict';
import { toSpecPath } from '../../operator/render/to-spec-path.ts';

describe('complaint of the filter', () => {
  const cases: [internal: string, shown: string][] = [
    [
      'SP configuration refused: capture.rules[0].path.regex: "(" at 1: missing )',
      'spec.capture.rules[0].path.regex: "(" at 1: missing )',
    ],
    ['SP configuration refused: capture.redact.queryParameters[2]: x', 'spec.capture.redactQuery[2]: x'],
    ['SP configuration refused: capture.redact: x', 'spec.capture.redact: x'],
    ['SP configuration refused: backend.pathPrefix: x', 'spec.backend.url: x'],
    ['SP configuration refused: captured: unknown key', 'captured: unknown key'],
    ['it trapped: unreachable', 'it trapped: unreachable'],
  ];
  for (const [internal, shown] of cases) {
    it(`shows ${internal} as ${shown}`, () => {
      assert.equal(toSpecPath(internal), shown);
    });
  }
});
