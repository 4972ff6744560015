import { globSync } from 'node:fs';

/** A part of the operator that is changed, and how its tests run. */
export interface Area {
  readonly files: string;
  readonly tests: string;
  /** Its tests leave nothing behind, whatever fails: one process tries many mutants. */
  readonly isPure: boolean;
}

export const areas = {
  decide: { files: 'operator/decide/**/*.ts', tests: 'test/{decide,rollout}/**/*.test.ts', isPure: true },
  rollout: {
    files: 'operator/rollout/**/*.ts',
    tests: 'test/{rollout,decide}/**/*.test.ts',
    isPure: true,
  },
  render: { files: 'operator/render/**/*.ts', tests: 'test/{render,decide}/**/*.test.ts', isPure: true },
  leader: {
    files: 'operator/cluster/leader-election.ts',
    tests: 'test/cluster-unit/**/*.test.ts',
    isPure: false,
  },
} as const satisfies Readonly<Record<string, Area>>;

/** Random worlds and large clusters (`model.test.ts`) take longer than all other tests together: they try what those let pass. */
export function testsOf(pattern: string): { readonly quick: string[]; readonly slow: string[] } {
  const files = globSync(pattern).sort();
  const isSlow = (file: string) => /model\.test\.ts$/.test(file);
  return { quick: files.filter((file) => !isSlow(file)), slow: files.filter(isSlow) };
}
