/** What `-o` takes. */
export const formats = ['table', 'json', 'yaml'] as const;
export type Format = (typeof formats)[number];

/** The same for `spagent status`, which knows more. */
export const statusFormats = ['table', 'wide', 'name', 'json', 'yaml'] as const;
export type StatusFormat = (typeof statusFormats)[number];
