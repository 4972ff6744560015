/** `npm run audit`: known vulnerabilities of the locked production dependencies, where the registry knows of any. */
import { spawnSync } from 'node:child_process';
import { commandLine } from '../command-line.ts';
import { judgeReport } from './judge-report.ts';

commandLine('npm run audit', 'Find locked dependencies with high or critical advisories').parse();

const audit = ['audit', '--package-lock-only', '--omit=dev', '--json', '--loglevel=silent'];
const { stdout } = spawnSync('npm', audit, { encoding: 'utf8', timeout: 60_000 });
const { state, lines } = judgeReport(stdout ?? '');
switch (state) {
  case 'Passed':
    console.log('ok     audit');
    break;
  case 'Skipped':
    console.log(`skipped audit: the registry has no advisories (${lines.join('; ')})`);
    break;
  case 'Failed':
    console.error(`FAILED audit:\n${lines.join('\n')}\nUpdate them: npm audit fix`);
    process.exitCode = 1;
}
