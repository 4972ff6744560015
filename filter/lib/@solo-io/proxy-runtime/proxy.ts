// The SDK's callbacks under the name that its README imports.
export * from './assembly/proxy';
