// The SDK under the name that its README imports.
export * from './assembly/index';
