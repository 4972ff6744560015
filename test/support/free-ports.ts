/** Each server of an operator takes a port of loopback that is free. */
export const freePorts = { modules: '127.0.0.1:0', probes: '127.0.0.1:0', metrics: '127.0.0.1:0' } as const;

/** The same for an operator that is a process of its own. */
export const freePortFlags = ['--listen', '--probe-listen', '--metrics-listen'].map(
  (flag) => `${flag}=127.0.0.1:0`,
);
