/** `npm run tools [-- --all | --clean [what]]`: provisions the tools of level 1, or all, and shows where they are; or cleans their cache. */
import { Option } from 'commander';
import { messageOf } from '../../operator/api/errors.ts';
import { cacheDirectory } from '../../operator/cli/cache-directory.ts';
import { commandLine } from '../command-line.ts';
import { withUnusedCache } from './cache-use.ts';
import { catalog, toolsOfLevel } from './catalog.ts';
import { cachedParts, removeParts, sizeText } from './clean.ts';
import { cacheFolders } from './provision.ts';
import { ensureTools, provisionTool } from './tool.ts';

const cache = cacheDirectory(process.env);
const used = new Set(Object.values(catalog).flatMap((spec) => cacheFolders(spec, process.env)));

async function show(level: 1 | 3): Promise<void> {
  const names = toolsOfLevel(level);
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
  const parts = await cachedParts(cache, used);
  const unused = parts.filter(({ isUsed }) => !isUsed);
  const hint = unused.length === 0 ? '' : `, ${sizeText(unused)} of it for other versions (--clean)`;
  console.log(`\n${cache}: ${sizeText(parts)}${hint}`);
}

async function clean(what: 'old' | 'all'): Promise<void> {
  const parts = await withUnusedCache(cache, async () => {
    const all = await cachedParts(cache, used);
    const removed = what === 'all' ? all : all.filter(({ isUsed }) => !isUsed);
    await removeParts(removed);
    return removed;
  });
  for (const part of parts) console.log(`removed ${part.path} (${sizeText([part])})`);
  console.log(`${sizeText(parts)} removed from ${cache}`);
}

const { all, clean: what } = commandLine(
  'npm run tools',
  'Provision the tools of the cluster tests, and show where they are; or clean their cache',
)
  .option('--all', 'those of the mesh tests too')
  .addOption(
    new Option('--clean [what]', 'remove what this checkout does not use (old), or all tools')
      .choices(['old', 'all'])
      .preset('old'),
  )
  .parse()
  .opts<{ all?: boolean; clean?: 'old' | 'all' }>();
try {
  await (what === undefined ? show(all ? 3 : 1) : clean(what));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
