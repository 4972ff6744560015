import type { Gate } from '../api/gate-schema.ts';
import type { GateQuestion, GateSample } from '../api/gates.ts';
import type { AddressRules } from '../artifact/sources/address-policy.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { ProxyAddress, StatisticsAnswer } from '../cluster/proxy-stats.ts';

/** The agent whose gates are measured. */
export interface MeasuredAgent {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

export type ProxyPod = ProxyAddress & { readonly uid: string };

/** What measuring may use of the world. */
export interface MeasureContext {
  readonly client: ClusterClient;
  /** Which addresses the URLs of gates may lead to. */
  readonly addresses: AddressRules;
  /** Undefined for a pod that is gone. */
  podOf(namespace: string, name: string): ProxyPod | undefined;
  /** Asks a pod's proxy for the statistics whose names match the regular expression. @throws where it cannot be asked. */
  askProxy<T>(pod: ProxyAddress, filter: string, read: (answer: StatisticsAnswer) => Promise<T>): Promise<T>;
}

/** Measures one gate for one step, attempt after attempt. What it keeps between them is its own, and goes with the step. */
export interface Measurer {
  /** @throws where nothing could be measured; the message is for people. */
  measure(question: GateQuestion): Promise<GateSample>;
  /** What is left of former attempts where one brought nothing. */
  failed(problem: string): GateSample;
  /** Seconds until the next attempt; undefined: the last sample is final. */
  pause(): number | undefined;
}

/** What a measurer is made for: one kind of gate of one agent. */
export interface Subject<KindOfGate> {
  /** Of the gate. */
  readonly name: string;
  readonly gate: KindOfGate;
  readonly agent: MeasuredAgent;
  readonly context: MeasureContext;
}

/** One kind of gate. To add one, write a file beside this one and add its line to `measurers.ts`. */
export interface MeasuredKind {
  /** @returns undefined for a gate of another kind. */
  start(gate: Gate, agent: MeasuredAgent, context: MeasureContext): Measurer | undefined;
}
