// The statistics by which the operator verifies that a proxy runs a revision. SP Agent's own filter has the same, and says what each
// means: filter/assembly/state/revision-metrics.ts. The plug-in's name, `<namespace>.<agent>-<revision>[-in|-out]`, has the revision.
import { now, property } from './host';
import { Counter, Gauge } from './metrics';

const NS_PER_SECOND: u64 = 1000000000;
const REVISION_DIGITS = 12;
/** Ends the name of a plug-in for inbound requests, where another one of the same revision is for outbound requests. */
const INBOUND_SUFFIX = '-in';

/** Of one configuration in one thread. Not in use where the plug-in was not made by the operator. */
export class RevisionReport {
  private revision: string = '';
  private isInbound: bool = false;
  private requests: Counter | null = null;
  /** 2xx to 5xx. */
  private responses: Counter[] = [];
  private contexts: Gauge | null = null;
  private lastTick: Gauge | null = null;
  private isCounted: bool = false;
  private tickReported: i64 = 0;
  private requestsPending: u64 = 0;
  private responsesPending: StaticArray<u64> = new StaticArray<u64>(4);

  configured(): void {
    const name = property(['plugin_name']);
    this.revision = name === null ? '' : revisionOf(name);
    // Envoy shows the listener's direction to streams alone. Of a revision with one plug-in the operator takes the side that there is.
    this.isInbound = name !== null && name.endsWith(INBOUND_SUFFIX);
    if (!this.revision.length) return;
    new Gauge(this.prefix() + '_configured_at_seconds').set(now() / NS_PER_SECOND);
  }

  /** `, revision 9f2c41d07a3e`; empty where it has none. */
  describe(): string {
    return this.revision.length ? ', revision ' + this.revision : '';
  }

  countRequest(): void {
    this.requestsPending++;
  }

  countResponse(status: i32): void {
    const index = status / 100 - 2;
    if (index >= 0 && index < 4) this.responsesPending[index]++;
  }

  /** With each tick, and not before the first: Envoy tries a configuration in a virtual machine that never ticks. */
  tick(): void {
    if (!this.revision.length) return;
    if (this.requests === null) this.define();
    this.bringCounts();
    if (!this.isCounted && this.contexts!.change(1)) this.isCounted = true;
    this.moveTick(now() / NS_PER_SECOND);
  }

  /** The configuration ends: its part leaves the gauges. */
  withdraw(): void {
    if (!this.isCounted) return;
    this.bringCounts();
    this.moveTick(0);
    if (this.contexts!.change(-1)) this.isCounted = false;
    this.revision = '';
  }

  private prefix(): string {
    return 'sp_agent_revision_' + this.revision;
  }

  private define(): void {
    const side = this.prefix() + (this.isInbound ? '_inbound_' : '_outbound_');
    this.requests = new Counter(side + 'requests');
    for (let hundreds = 2; hundreds <= 5; hundreds++) {
      this.responses.push(new Counter(side + 'responses_' + hundreds.toString() + 'xx'));
    }
    this.contexts = new Gauge(side + 'contexts');
    this.lastTick = new Gauge(side + 'last_tick_seconds');
  }

  private bringCounts(): void {
    // What the host did not accept is reported with the next tick. Defining a counter makes it visible at zero.
    if (this.requests!.add(this.requestsPending)) this.requestsPending = 0;
    for (let i = 0; i < 4; i++) {
      if (this.responses[i].add(this.responsesPending[i])) this.responsesPending[i] = 0;
    }
  }

  private moveTick(seconds: u64): void {
    const by = <i64>seconds - this.tickReported;
    if (by && this.lastTick!.change(by)) this.tickReported = <i64>seconds;
  }
}

function revisionOf(pluginName: string): string {
  let end = pluginName.length;
  if (pluginName.endsWith(INBOUND_SUFFIX)) end -= INBOUND_SUFFIX.length;
  else if (pluginName.endsWith('-out')) end -= 4;
  const start = end - REVISION_DIGITS;
  if (start < 1 || pluginName.charAt(start - 1) != '-') return '';
  for (let i = start; i < end; i++) if (!isHexDigit(pluginName.charCodeAt(i))) return '';
  return pluginName.substring(start, end);
}

function isHexDigit(code: i32): bool {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}
