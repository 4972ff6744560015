// The one program of the mesh tests' pods. Port 8080 is the application, behind the sidecar: it echoes requests, and answers
// /forward?to=URL with what URL answers to a request with the same W3C trace context and no other header of the client.
// With TLS_KEY and TLS_CERTIFICATE it speaks https.
// Port 9000 is for the test, beside the sidecar: it shows what was served and sent, and sends requests on demand.
// TRAFFIC_TARGET makes it send requests there all the time, too.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const senders = 4;
const pauseMilliseconds = 60;
const timeoutMilliseconds = 15_000;

let served = 0;
const traffic = { sent: 0, failures: [] };

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answer(response, value, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function echo(request, response) {
  const body = await read(request);
  served += 1;
  const { method, url, headers, socket } = request;
  const isTls = socket.encrypted === true;
  answer(response, { pod: process.env.HOSTNAME, served, method, url, headers, isTls, body: body.toString() });
}

async function forward(to, { traceparent, tracestate }, response) {
  const traceContext = Object.entries({ traceparent, tracestate }).filter(([, value]) => value !== undefined);
  const { status, body } = await send({ url: to, headers: Object.fromEntries(traceContext) });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

async function serve(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://workload');
  const to = searchParams.get('to');
  if (pathname === '/forward' && to !== null) await forward(to, request.headers, response);
  else await echo(request, response);
}

async function send({ url, method = 'GET', headers = {}, body }) {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const response = await fetch(url, { method, headers, body, signal });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

async function control(request, response) {
  const url = new URL(request.url, 'http://workload');
  try {
    if (url.pathname === '/send') {
      answer(response, await send(JSON.parse(url.searchParams.get('request'))));
    } else {
      answer(response, { served, ...traffic });
    }
  } catch (error) {
    answer(response, { error: `${error}: ${error.cause ?? ''}` }, 502);
  }
}

async function sendForEver(target, sender) {
  for (let number = 0; ; number += 1) {
    const path = `/traffic/${sender}/${number}`;
    const body = number % 2 === 0 ? undefined : `body of ${path}`;
    try {
      const result = await send({ url: target + path, method: body ? 'POST' : 'GET', body });
      const echoed = result.status === 200 ? JSON.parse(result.body) : {};
      if (echoed.url !== path || echoed.body !== (body ?? '')) throw new Error(JSON.stringify(result));
    } catch (error) {
      const when = new Date().toISOString();
      traffic.failures.push(`${when} ${path}: ${error}: ${error.cause ?? ''}`.slice(0, 500));
    }
    traffic.sent += 1;
    await sleep(pauseMilliseconds);
  }
}

const handle = (handler) => (request, response) => {
  handler(request, response).catch(() => response.destroy());
};
const { TLS_KEY: key, TLS_CERTIFICATE: cert } = process.env;
const application = (
  key ? createTlsServer({ key, cert }, handle(serve)) : createServer(handle(serve))
).listen(8080);
createServer(handle(control)).listen(9000);
const { TRAFFIC_TARGET: target } = process.env;
if (target) for (let sender = 0; sender < senders; sender += 1) void sendForEver(target, sender);

process.once('SIGTERM', () => {
  // The proxy keeps its connections to the application open until then.
  application.close(() => process.exit(0));
  application.closeIdleConnections();
  setTimeout(() => process.exit(0), 2000);
});
