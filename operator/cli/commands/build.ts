import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';

export function define(command: Command): void {
  command
    .option('--source <directory>', 'AssemblyScript source with index.ts; the bundled filter if absent')
    .option('-f, --file <file>', 'file to write the module to', 'sp_agent.wasm')
    .option('--optimize <level>', 'optimization level, 0 to 3', wholeNumber, 3)
    .option('--names', 'keep function names, for readable stack traces')
    .option('--sbom <file>', 'file to write the list of its parts to, as CycloneDX JSON');
}
