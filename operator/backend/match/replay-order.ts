/** Which of several recordings of one request answers it. */
export type ReplayOrder = 'sequence' | 'last' | 'first';

export const replayOrders: readonly ReplayOrder[] = ['sequence', 'last', 'first'];

/**
 * Chooses among the recordings that match.
 * - `last`: the newest, `first`: the oldest.
 * - `sequence`: one after the other in the order of recording; when all have been replayed, the last one again, so that
 *   a client that polls sees the final state for good.
 * @param matches oldest first, except for `last`: newest first. Not read further than needed.
 */
export function choose<Match extends { readonly id: number }>(
  order: ReplayOrder,
  matches: Iterable<Match>,
  isReplayed: (id: number) => boolean,
): Match | undefined {
  let newest: Match | undefined;
  for (const match of matches) {
    if (order !== 'sequence' || !isReplayed(match.id)) return match;
    newest = match;
  }
  return newest;
}
