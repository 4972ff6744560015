import type { ClusterClient } from '../../../operator/cluster/client.ts';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import type { ModuleServer } from '../module-server.ts';
import type { Replica } from '../replica.ts';

/** What a fault can reach. */
export interface FaultTarget {
  readonly plane: ControlPlane;
  readonly client: ClusterClient;
  /** The operator's namespace. */
  readonly namespace: string;
  readonly replicas: readonly Replica[];
  readonly modules: ModuleServer;
  /** The replica that holds the Lease; the first one while none does. */
  leader(): Replica;
}

/** Something that goes wrong for some seconds. */
export interface Fault {
  /** In logs, and for `--faults`. */
  readonly name: string;
  /** How long it lasts. */
  readonly seconds: readonly [least: number, most: number];
  /** The process that leads may end of it. */
  readonly endsLeader: boolean;
  /** @returns what ends it. */
  begin(target: FaultTarget): Promise<() => Promise<void>>;
}
