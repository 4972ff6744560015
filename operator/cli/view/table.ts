export type Tone = 'good' | 'bad' | 'pending' | 'faint' | 'title';

export type Cell = string | { readonly text: string; readonly tone: Tone };

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function cellText(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '');
}
