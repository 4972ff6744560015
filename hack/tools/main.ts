/** `npm run tools [-- --all]`: provisions the tools of level 1, or all, and shows where they are. */
import { messageOf } from '../../operator/api/errors.ts';
import { commandLine } from '../command-line.ts';
import { catalog, toolsOfLevel } from './catalog.ts';
import { ensureTools, provisionTool } from './tool.ts';

const { all } = commandLine(
  'npm run tools',
  'Provision the tools of the cluster tests, and show where they are',
)
  .option('--all', 'those of the mesh tests too')
  .parse()
  .opts<{ all?: boolean }>();
const names = toolsOfLevel(all ? 3 : 1);
try {
  await ensureTools(names);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
const rows = [['NAME', 'VERSION', 'SOURCE', 'PATH']];
for (const name of names) {
  const found = await provisionTool(name).catch(() => undefined);
  rows.push([name, catalog[name].version, found?.source ?? 'missing', found?.path ?? '']);
}
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
for (const row of rows) {
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
