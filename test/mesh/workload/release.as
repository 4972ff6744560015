// A filter that names its release in each response, and answers every request with a status of its own where its configuration
// has one. AssemblyScript with the library of custom filters, compiled by the operator.
export * from 'sp-agent/filter/proxy';
import { Configuration, Filter, Headers, Step, Stream, registerFilter } from 'sp-agent/filter';

class Release extends Filter {
  name: string = '';
  answerWith: u32 = 0;

  configure(configuration: Configuration): void {
    this.name = configuration.string('release');
    this.answerWith = <u32>configuration.numberOr('answerWith', 0);
  }

  createStream(): Stream {
    return new ReleaseStream(this);
  }
}

class ReleaseStream extends Stream {
  constructor(private filter: Release) {
    super();
  }

  onRequestHeaders(headers: Headers, isEnd: bool): Step {
    if (this.filter.answerWith) this.respond(this.filter.answerWith);
    return Step.Continue;
  }

  onResponseHeaders(headers: Headers, isEnd: bool): Step {
    headers.set('x-release', this.filter.name);
    return Step.Continue;
  }
}

registerFilter(() => new Release());
