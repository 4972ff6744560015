// Adds a header to every response.
export * from 'sp-agent/filter/proxy';
import { Configuration, Counter, Filter, Headers, Step, Stream, registerFilter } from 'sp-agent/filter';

class AddHeader extends Filter {
  name: string = '';
  value: string = '';
  added: Counter = new Counter('my_filter_headers_added');

  configure(configuration: Configuration): void {
    this.name = configuration.string('name');
    this.value = configuration.stringOr('value', 'yes');
  }

  createStream(): Stream {
    return new AddHeaderStream(this);
  }
}

class AddHeaderStream extends Stream {
  constructor(private filter: AddHeader) {
    super();
  }

  onResponseHeaders(headers: Headers, isEnd: bool): Step {
    headers.set(this.filter.name, this.filter.value);
    this.filter.added.add();
    return Step.Continue;
  }
}

registerFilter(() => new AddHeader());
