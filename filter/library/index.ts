// What a custom filter imports from 'sp-agent/filter'.
export { decodeBase64 } from './base64';
export { Body } from './body';
export { Configuration } from './configuration';
export { Filter, Step, Stream, registerFilter } from './filter';
export { Header, Headers } from './headers';
export { bytesOf, now, property, propertyBytes, textOf } from './host';
export { HttpRequest, HttpResponse, meshCluster } from './http-call';
export { Json, parseJson } from './json';
export { logDebug, logError, logInfo, logWarning } from './log';
export { Counter, Gauge, Histogram } from './metrics';
