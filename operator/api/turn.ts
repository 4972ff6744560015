/** How many more workloads of the cluster may be restarted now, as one agent sees it. */
export interface Turn {
  /** Workloads that the agent may restart now. */
  readonly free: number;
  /** Workloads of the cluster that are restarting because of a step, and how many may. */
  readonly inMotion: number;
  readonly limit: number;
  /** Agents that wait longer. */
  readonly ahead: number;
}
