import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where everything provisioned is kept: outside the checkout, shared by all checkouts of one user. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const { SP_AGENT_CACHE, XDG_CACHE_HOME, HOME } = environment;
  if (SP_AGENT_CACHE) return SP_AGENT_CACHE;
  return join(XDG_CACHE_HOME ?? join(HOME ?? homedir(), '.cache'), 'sp-agent');
}
