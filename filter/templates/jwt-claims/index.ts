// Copies claims of a bearer token to request headers. It does not verify the token: Istio's RequestAuthentication does.
export * from 'sp-agent/filter/proxy';
import {
  Configuration,
  Filter,
  Headers,
  Json,
  Step,
  Stream,
  decodeBase64,
  parseJson,
  registerFilter,
  textOf,
} from 'sp-agent/filter';

class JwtClaims extends Filter {
  claims: string[] = [];
  headers: string[] = [];

  /** `{"headers": {"x-user": "sub"}}`: header → claim. */
  configure(configuration: Configuration): void {
    const headers = configuration.object('headers');
    this.headers = headers.names();
    for (let i = 0; i < this.headers.length; i++) this.claims.push(headers.string(this.headers[i]));
  }

  createStream(): Stream {
    return new JwtClaimsStream(this);
  }
}

class JwtClaimsStream extends Stream {
  constructor(private filter: JwtClaims) {
    super();
  }

  onRequestHeaders(headers: Headers, isEnd: bool): Step {
    const authorization = headers.get('authorization');
    let payload: Json | null = null;
    if (authorization !== null) payload = payloadOf(authorization);
    const names = this.filter.headers;
    for (let i = 0; i < names.length; i++) {
      let claim: Json | null = null;
      if (payload !== null) claim = payload.get(this.filter.claims[i]);
      // What a client sends under these names must not pass for a claim.
      if (claim === null || claim.kind != 'string') headers.remove(names[i]);
      else headers.set(names[i], claim.text);
    }
    return Step.Continue;
  }
}

function payloadOf(authorization: string): Json | null {
  const parts = authorization.split('.');
  if (!authorization.startsWith('Bearer ') || parts.length != 3) return null;
  const bytes = decodeBase64(parts[1]);
  return bytes === null ? null : parseJson(textOf(bytes));
}

registerFilter(() => new JwtClaims());
