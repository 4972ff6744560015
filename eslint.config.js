import tseslint from 'typescript-eslint';

const pureRooms = [
  'operator/api/**/*.ts',
  'operator/workloads/**/*.ts',
  'operator/render/**/*.ts',
  'operator/rollout/**/*.ts',
  'operator/decide/**/*.ts',
  'operator/artifact/check/inspect.ts',
  'operator/artifact/store/chunks.ts',
  'operator/cli/view/**/*.ts',
  'operator/backend/match/**/*.ts',
];

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'filter',
      'test/filter/fixtures',
      'hack/bench/assembly',
      '**/*.js',
      '**/*.mjs',
      '**/*.cjs',
    ],
  },
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // `using` holds a lock or shows a progress line: its name is never read.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'no-console': 'error',
    },
  },
  {
    // Pure rooms compute from their arguments alone: the clock is snapshot.now.
    files: pureRooms,
    rules: {
      'no-restricted-globals': [
        'error',
        'fetch',
        'process',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'performance',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Pure rooms take the time from their input.' },
        { object: 'Math', property: 'random', message: 'Pure rooms take chance from their input.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'Pure rooms take the time from their input.',
        },
      ],
    },
  },
  {
    // Tests nest describe blocks; the length of a suite says nothing about its parts.
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['operator/cli/**/*.ts', 'hack/**/*.ts'], rules: { 'no-console': 'off' } },
);
