import assert from 'node:assert/strict';
import { judgeReport } from '../../hack/audit/judge-report.ts';

const reportOf = (severity: string) =>
  JSON.stringify({ vulnerabilities: { undici: { severity, range: '<8.1.0' } } });

describe('npm run audit', () => {
  for (const severity of ['high', 'critical']) {
    it(`fails for an advisory that is ${severity}, and names the package`, () => {
      assert.deepEqual(judgeReport(reportOf(severity)), {
        state: 'Failed',
        lines: [`undici <8.1.0: ${severity}`],
      });
    });
  }

  it('passes with lesser advisories, and with none', () => {
    assert.equal(judgeReport(reportOf('moderate')).state, 'Passed');
    assert.equal(judgeReport('{"vulnerabilities":{}}').state, 'Passed');
  });

  it('is skipped with the reason where the registry does not answer, whose address it leaves out', () => {
    const message =
      '405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk';
    assert.deepEqual(judgeReport(JSON.stringify({ message })), {
      state: 'Skipped',
      lines: ['405 Method Not Allowed'],
    });
  });

  it('is skipped where npm writes nothing', () => {
    assert.equal(judgeReport('').state, 'Skipped');
  });
});
