import type { GateResult } from '../../api/gates.ts';

/** What the judge of one kind of gate finds. */
export type Judgement = Omit<GateResult, 'name'>;
