/** Folders below `filter/templates`. To add a template, add a folder and its name here. */
export const templates = ['header', 'body', 'jwt-claims', 'http-call'] as const;
export type Template = (typeof templates)[number];
