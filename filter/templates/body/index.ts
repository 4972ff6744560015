// Replaces text in JSON responses. A compressed body is left as it is.
export * from 'sp-agent/filter/proxy';
import { Body, Configuration, Filter, Headers, Step, Stream, registerFilter } from 'sp-agent/filter';

class ReplaceText extends Filter {
  from: string = '';
  to: string = '';

  configure(configuration: Configuration): void {
    this.from = configuration.string('from');
    this.to = configuration.string('to');
    if (!this.from.length) configuration.refuse('from', 'must not be empty');
  }

  createStream(): Stream {
    return new ReplaceTextStream(this);
  }
}

class ReplaceTextStream extends Stream {
  private replaces: bool = false;

  constructor(private filter: ReplaceText) {
    super();
  }

  onResponseHeaders(headers: Headers, isEnd: bool): Step {
    const type = headers.get('content-type');
    this.replaces = type !== null && type.startsWith('application/json') && !headers.has('content-encoding');
    // The body will have another length.
    if (this.replaces) headers.remove('content-length');
    return Step.Continue;
  }

  onResponseBody(body: Body, isEnd: bool): Step {
    if (!this.replaces) return Step.Continue;
    // What is sought may lie across two parts: wait for all of them.
    if (!isEnd) return Step.Hold;
    body.replace(body.text().replaceAll(this.filter.from, this.filter.to));
    return Step.Continue;
  }
}

registerFilter(() => new ReplaceText());
