/** `npm run check -- workflows`: what actionlint says of the workflows of GitHub. */
import { globSync } from 'node:fs';
import { messageOf } from '../../operator/api/errors.ts';
import { actionlint } from '../tools/actionlint.ts';
import { provision } from '../tools/provision.ts';
import { run } from '../tools/run.ts';

try {
  const { path } = await provision(actionlint);
  const workflows = globSync('.github/workflows/*.yaml').sort();
  // Linters that only some machines have would make the outcome depend on the machine.
  await run([path, '-no-color', '-shellcheck=', '-pyflakes=', ...workflows], { timeoutSeconds: 60 });
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
