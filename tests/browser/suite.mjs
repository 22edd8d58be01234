// The real suite for the browser tests: `dateline up` over a folder of its own and free ports, a newsroom and a receiver of
// webhooks beside it. Everything ends with the test.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '../..');
export const bin = process.env.DATELINE_BIN ?? join(root, 'build/release/bin');
const kSpan = 90;
const kStartMs = 90_000;

// Waits until `check` gives something true; on a busy machine patience is cheap.
export async function until(check, what, limitMs = 60_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function portIsFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

// Below what the C++ tests take (common/testing/ports.cc), and below the ports that the system gives to outgoing connections.
// From 10 100 on: browsers and fetch refuse 10 080, which once was Amanda's (https://fetch.spec.whatwg.org/#port-blocking).
async function freePortBase() {
  for (let tries = 0; tries < 200; ++tries) {
    const base = 10_100 + Math.floor(Math.random() * 99) * 100;
    const ports = [10, 15, 20, 25, 30, 35, 40, 45, 50, 51, 55, 80, 85].map((offset) => base + offset);
    if ((await Promise.all(ports.map(portIsFree))).every(Boolean)) return base;
  }
  throw new Error(`no ${kSpan} free ports`);
}

export class Suite {
  static async start(more = []) {
    const suite = new Suite();
    suite.data = mkdtempSync(join(tmpdir(), 'dateline-browser-'));
    suite.portBase = await freePortBase();
    suite.base = `http://127.0.0.1:${suite.portBase + 80}`;
    suite.log = '';
    suite.up = spawn(join(bin, 'dateline'), ['--data', suite.data, 'up', '--port-base', String(suite.portBase),
      '--allow-private-address', '127.0.0.1', ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [suite.up.stdout, suite.up.stderr]) stream.on('data', (piece) => { suite.log += piece; });
    suite.ended = new Promise((done) => suite.up.once('exit', done));
    await suite.ready();
    return suite;
  }

  // Waits until the gateway answers from storage; tells all that is known when that takes too long.
  async ready() {
    let last;
    try {
      await until(async () => {
        if (this.up.exitCode !== null) throw new Error('the suite ended');
        try {
          const answer = await fetch(`${this.base}/v1/archive`, { signal: AbortSignal.timeout(10_000) });
          last = `${answer.status} ${await answer.text()}`;
          return answer.ok;
        } catch (failure) {
          last = `${failure}, ${failure.cause}`;
          return false;
        }
      }, 'the suite is up', kStartMs);
    } catch (failure) {
      const logs = join(this.data, 'logs');
      const told = existsSync(logs) ? readdirSync(logs).map((name) => `${name}:\n${readFileSync(join(logs, name), 'utf8').slice(-2_000)}`) : [];
      const all = [failure.message, `last answer of ${this.base}: ${last}`, this.log, ...told].join('\n');
      await this.stop();
      throw new Error(all);
    }
  }

  // Runs `dateline ARGS` to its end; its standard output.
  run(...args) {
    const done = spawnSync(join(bin, 'dateline'), ['--data', this.data, ...args], { encoding: 'utf8', timeout: 120_000 });
    if (done.status !== 0) throw new Error(`dateline ${args.join(' ')}: ${done.status}: ${done.stderr}`);
    return done.stdout;
  }

  // Takes a text file in and waits until its release is there; the release.
  async ingest(name, text) {
    const file = join(this.data, name);
    writeFileSync(file, text);
    this.run('ingest', file);
    return until(async () => {
      const found = await (await fetch(`${this.base}/v1/releases?pageSize=200`)).json();
      return (found.releases ?? []).find((release) => release.uri.endsWith(`/${name}`));
    }, `the release of ${name}`);
  }

  gatewayLog() { return readFileSync(join(this.data, 'logs/gateway.log'), 'utf8'); }

  async stop() {
    this.up.kill('SIGTERM');
    await this.ended;
    rmSync(this.data, { recursive: true, force: true });
  }
}

// A newsroom on loopback: a page with a feed, and releases that tests publish.
export class Newsroom {
  static async open() {
    const room = new Newsroom();
    room.releases = [];
    room.server = createHttpServer((request, response) => room.answer(request, response));
    await new Promise((done) => room.server.listen(0, '127.0.0.1', done));
    room.base = `http://127.0.0.1:${room.server.address().port}`;
    return room;
  }

  // `odd`: on a page whose heading is not its title and whose text stands between other things.
  publish(slug, title, paragraphs, odd = false) {
    this.releases.unshift({ slug, title, paragraphs, odd, time: new Date() });
  }

  answer(request, response) {
    const path = request.url.split('?')[0];
    const send = (type, body) => { response.writeHead(200, { 'Content-Type': type }); response.end(body); };
    const list = this.releases;
    if (path === '/robots.txt') return send('text/plain', 'User-agent: *\nAllow: /\n');
    if (path === '/feed.xml') {
      return send('application/rss+xml', `<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Authority</title>
        <link>${this.base}/</link><description>News</description>${list.map((item) => `<item><title>${item.title}</title>
        <link>${this.base}/news/${item.slug}</link><guid>${item.slug}</guid><pubDate>${item.time.toUTCString()}</pubDate></item>`).join('')}</channel></rss>`);
    }
    const item = list.find((candidate) => path === `/news/${candidate.slug}`);
    if (item?.odd) {
      return send('text/html; charset=utf-8', `<!DOCTYPE html><html lang="en"><head><title>Harbour Authority</title></head><body><h1>Harbour Authority</h1>
        <div class="t1">${item.title}</div><div class="t2">${item.paragraphs.map((text) => `<p>${text}</p>`).join('')}<div class="buy">Buy our calendar with pictures of all our boats and their crews.</div></div></body></html>`);
    }
    if (item) {
      return send('text/html; charset=utf-8', `<!DOCTYPE html><html lang="en"><head><title>${item.title}</title></head><body><article><h1>${item.title}</h1>
        ${item.paragraphs.map((text) => `<p>${text}</p>`).join('')}</article></body></html>`);
    }
    if (path === '/') {
      return send('text/html; charset=utf-8', `<!DOCTYPE html><html lang="en"><head><title>Harbour Authority</title>
        <link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><h1>News</h1><ul>${list.map((one) => `<li><a href="/news/${one.slug}">${one.title}</a></li>`).join('')}</ul></body></html>`);
    }
    response.writeHead(404);
    response.end();
  }

  close() { this.server.closeAllConnections?.(); this.server.close(); }
}

// Receives webhooks.
export class Receiver {
  static async open() {
    const receiver = new Receiver();
    receiver.requests = [];
    receiver.server = createHttpServer((request, response) => {
      let body = '';
      request.on('data', (piece) => { body += piece; });
      request.on('end', () => {
        receiver.requests.push({ headers: request.headers, body });
        response.writeHead(200, { 'Content-Type': 'text/plain' });
        response.end('thank you');
      });
    });
    await new Promise((done) => receiver.server.listen(0, '127.0.0.1', done));
    receiver.uri = `http://127.0.0.1:${receiver.server.address().port}/hook`;
    return receiver;
  }

  close() { this.server.closeAllConnections?.(); this.server.close(); }
}
