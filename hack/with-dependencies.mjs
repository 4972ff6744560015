// The first file of every npm script. It runs on whatever Node the machine has (20 or later), installs the locked
// packages unless they are there already, and continues with the Node that they bring.
// Usage: node hack/with-dependencies.mjs FILE.ts [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', '.bin', 'node');

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  process.stderr.write(
    `Node ${process.versions.node} is too old for the npm scripts: install Node 20 or later (nodejs.org).\n`,
  );
  process.exit(1);
}

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

/** npm writes the second file when it has installed all of the first. Packages for other platforms are left out. */
function isInstalled() {
  const installedFile = join('node_modules', '.package-lock.json');
  if (!existsSync(node) || !existsSync(join(root, installedFile))) return false;
  const installed = packagesOf(installedFile);
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, integrity, optional }]) =>
      path === '' ||
      (optional && !installed[path]) ||
      (installed[path]?.version === version && installed[path].integrity === integrity),
  );
}

if (!isInstalled()) {
  process.stderr.write('Installing the npm packages of package-lock.json (about 30 s the first time) ...\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // npm's own summary goes to stderr: stdout belongs to the command that was asked for.
    stdio: ['ignore', 2, 2],
  });
  if (npm.status !== 0) {
    process.stderr.write('npm ci failed: see its message above; then run the same command again.\n');
    process.exit(npm.status ?? 1);
  }
}

const child = spawn(node, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
// On a terminal Ctrl-C reaches the whole process group; a supervisor signals this process alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
