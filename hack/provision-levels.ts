/**
 * Provisions level after level in the background, so that the tests of one run while the tools of the next are built.
 * @returns level → when it has all it needs; rejects with what it lacks, which keeps no later level from its own.
 */
export function provisionLevels<Level>(
  levels: readonly Level[],
  provision: (level: Level) => Promise<void>,
): ReadonlyMap<Level, Promise<void>> {
  const ready = new Map<Level, Promise<void>>();
  let previous: Promise<unknown> = Promise.resolve();
  for (const level of levels) {
    const provisioned = previous.then(() => provision(level));
    ready.set(level, provisioned);
    // Whoever runs the level gets the failure, which may be long after it.
    previous = provisioned.catch(() => undefined);
  }
  return ready;
}
