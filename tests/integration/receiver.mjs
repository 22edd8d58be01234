// A receiver of webhooks that behaves as its paths say, for the tests. It checks each signature with the npm package
// "standardwebhooks" and decodes each body with the npm package "cloudevents", and prints a line of JSON for every
// request. usage: node receiver.mjs SECRETS.json [TLS-KEY TLS-CERTIFICATE]; SECRETS.json maps names to "whsec_..." and
// is read again at every request.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

const [secretsFile, key, certificate] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const seen = new Map(); // By name and event id, how often.
const gone = new Set(); // Names that have said so.

// What the request holds, checked.
function check(name, headers, body) {
  const secret = JSON.parse(readFileSync(secretsFile, 'utf8'))[name];
  let verified = false;
  try {
    new Webhook(secret).verify(body, headers);
    verified = true;
  } catch (error) {
    say({ name, problem: String(error) });
  }
  let events = [];
  try {
    const decoded = HTTP.toEvent({ headers, body });
    events = Array.isArray(decoded) ? decoded : [decoded];
    for (const event of events) event.validate();
  } catch (error) {
    say({ name, problem: String(error) });
  }
  return { verified, events };
}

const hang = () => {};
const behaviours = {
  ok: (_, response) => response.writeHead(204).end(),
  // Works on what it has got for so long that whoever sends is often ended meanwhile.
  brief: (_, response) => setTimeout(() => response.writeHead(204).end(), 30),
  slow: (_, response) => setTimeout(() => response.writeHead(200).end('late'), 1500),
  error: (_, response) => response.writeHead(500).end('out of order'),
  // Takes an event at the third attempt.
  flaky: (count, response) => response.writeHead(count < 3 ? 503 : 200).end(),
  busy: (count, response) =>
    count < 2 ? response.writeHead(429, { 'Retry-After': '1' }).end() : response.writeHead(200).end(),
  reset: (_, response) => response.socket.destroy(),
  // Wants nothing more, until its owner goes on with the subscription.
  gone: (_, response, name) => {
    response.writeHead(gone.has(name) ? 204 : 410).end();
    gone.add(name);
  },
  redirect: (_, response) => response.writeHead(302, { Location: 'http://10.0.0.1/stolen' }).end(),
  huge: (_, response) => {
    response.writeHead(200);
    const block = Buffer.alloc(65536, 'x');
    const more = () => {
      while (!response.destroyed && response.write(block));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  // Begins to answer, and never comes to an end.
  drip: (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('.'), 200);
    response.once('close', () => clearInterval(timer));
  },
  garbage: (_, response) => response.socket.end('it is all right, thank you\n'),
  hang,
};

const handle = (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('error', hang);
  response.on('error', hang);
  request.on('end', () => {
    const [, behaviour, name] = request.url.split('/');
    const body = Buffer.concat(chunks).toString('utf8');
    const { verified, events } = check(name, request.headers, body);
    const ids = events.map((event) => event.id);
    const count = (seen.get(name + ids.join()) ?? 0) + 1;
    seen.set(name + ids.join(), count);
    say({
      name,
      behaviour,
      verified,
      id: request.headers['webhook-id'],
      signatures: (request.headers['webhook-signature'] ?? '').split(' ').length,
      ids,
      sequences: events.map((event) => Number(event.sequence)),
      types: events.map((event) => event.type),
      titles: events.map((event) => event.data?.release?.title),
      backfill: events.some((event) => event.backfill === true),
      count,
    });
    // The sender has gone before it had its answer.
    response.on('close', () => response.writableEnded || say({ name, cut: ids }));
    (behaviours[behaviour] ?? behaviours.error)(count, response, name);
  });
};

const server = key
  ? https.createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, handle)
  : http.createServer(handle);
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
