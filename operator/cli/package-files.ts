import { existsSync } from 'node:fs';
import projectPackage from '../../package.json' with { type: 'json' };
import { Failure } from './failure.ts';

/** The filter's source. The package has it beside the program, and the compiler too. */
const filterDirectory = new URL('../../filter/', import.meta.url);

/**
 * Called before something is compiled or checked.
 * @throws {Failure} where spagent.mjs was copied out of its package.
 */
export function requirePackageFiles(): void {
  if (existsSync(filterDirectory)) return;
  throw new Failure(
    'this spagent.mjs lies outside its package, which has the compiler and the filter: ' +
      `install the package with npm install --global spagent-${projectPackage.version}.tgz`,
  );
}
