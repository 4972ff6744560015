/** `npm run tools [-- --all]`: provisions the tools of level 1, or all, and shows where they are. */
import { parseArgs } from 'node:util';
import { catalog, toolsOfLevel } from './catalog.ts';
import { ensureTools, provisionTool } from './tool.ts';

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
const names = toolsOfLevel(values.all ? 3 : 1);
try {
  await ensureTools(names);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
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
