/**
 * `npm run soak:tenants`: how long a well-behaved tenant waits for Ready, alone and beside hostile tenants, and what memory the
 * operator takes meanwhile. Prints a table; with `--strict` a missed target ends with 1.
 */
import { InvalidArgumentError } from 'commander';
import { hostileTenants } from './hostile-tenants.ts';
import { commandLine } from '../../command-line.ts';
import { memoryOf } from './operator-memory.ts';
import { percentile, waitsForReady } from './good-tenant.ts';
import { startTenantWorld } from './world.ts';

/** The wait beside hostile tenants against the wait alone. */
const waitRatioMax = 2;
const operatorMebibytesMax = 256;

function minutes(text: string): number {
  if (!/^[1-9][0-9]{0,3}$/.test(text)) throw new InvalidArgumentError('give a whole number above 0');
  return Number(text);
}

const options = commandLine('npm run soak:tenants', 'One good tenant, alone and beside hostile ones')
  .option('--minutes <number>', 'how long the hostile tenants are at work', minutes, 30)
  .option('--alone <number>', 'minutes that the good tenant is alone first', minutes, 5)
  .option('--strict', 'exit code 1 when a target is missed', false)
  .parse()
  .opts<{ minutes: number; alone: number; strict: boolean }>();

await using world = await startTenantWorld();
const alone = await waitsForReady(world, 'alone', options.alone * 60);
const aloneMemory = await memoryOf(world.operator.process.pid);

await using hostile = await hostileTenants(world);
const beside = await waitsForReady(world, 'beside hostile tenants', options.minutes * 60);
const memory = await memoryOf(world.operator.process.pid);

const ratio = percentile(beside, 0.99) / percentile(alone, 0.99);
const seconds = (value: number) => `${value.toFixed(1)} s`;
console.log(`
                      alone      beside hostile tenants
agents               ${String(alone.length).padEnd(10)} ${beside.length}
Ready, median        ${seconds(percentile(alone, 0.5)).padEnd(10)} ${seconds(percentile(beside, 0.5))}
Ready, p99           ${seconds(percentile(alone, 0.99)).padEnd(10)} ${seconds(percentile(beside, 0.99))}   ratio ${ratio.toFixed(2)} (at most ${waitRatioMax})
operator, peak MiB   ${String(aloneMemory.peakMebibytes).padEnd(10)} ${memory.peakMebibytes}   (at most ${operatorMebibytesMax})
hostile acts         0          ${hostile.acts()}
`);
const isMissed = ratio > waitRatioMax || memory.peakMebibytes > operatorMebibytesMax;
if (isMissed) console.log('A target is missed.');
process.exitCode = isMissed && options.strict ? 1 : 0;
