// Asks another service whether a request may pass: 200 lets it pass, 403 refuses it, and without an answer it passes.
export * from 'sp-agent/filter/proxy';
import {
  Configuration,
  Filter,
  Headers,
  HttpRequest,
  HttpResponse,
  Step,
  Stream,
  logWarning,
  registerFilter,
} from 'sp-agent/filter';

class Ask extends Filter {
  cluster: string = '';
  path: string = '';
  timeoutMilliseconds: u32 = 0;

  configure(configuration: Configuration): void {
    this.cluster = configuration.string('cluster');
    this.path = configuration.stringOr('path', '/check');
    this.timeoutMilliseconds = <u32>configuration.numberOr('timeoutMilliseconds', 200);
  }

  createStream(): Stream {
    return new AskStream(this);
  }
}

class AskStream extends Stream {
  constructor(private filter: Ask) {
    super();
  }

  onRequestHeaders(headers: Headers, isEnd: bool): Step {
    const request = new HttpRequest(this.filter.cluster);
    request.path = this.filter.path;
    request.timeoutMilliseconds = this.filter.timeoutMilliseconds;
    const path = headers.get(':path');
    if (path !== null) request.add('x-original-path', path);
    this.call(request);
    return Step.Hold;
  }

  onHttpResponse(call: u32, response: HttpResponse): void {
    if (response.status == 403) this.respond(403, 'refused by ' + this.filter.cluster + '\n');
    else if (response.status != 200)
      logWarning('no answer to ' + this.filter.path + ': ' + response.status.toString());
  }
}

registerFilter(() => new Ask());
