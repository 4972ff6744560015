/**
 * How the operator's image starts Node.js. On a large node it would otherwise let garbage grow by hundreds of MiB (the flags), and
 * glibc would keep what large modules took (its variables, see mallopt(3)).
 */
export const operatorCommand = {
  words: [
    '--max-semi-space-size=8',
    '--heap-growing-percent=25',
    '--external-memory-accounted-in-global-limit',
    'operator/controller/main.ts',
  ],
  environment: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' },
} as const;
