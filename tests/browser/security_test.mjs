// Attacks on the running gateway: forms of other sites, headers with line ends, paths that climb, keys that are guessed,
// bodies that do not end, clients that are slow on purpose. Each leaves the gateway answering.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hostile, hostileTitle } from './fixtures.mjs';
import { bin, Suite, until } from './suite.mjs';

let suite;
let port;

before(async () => {
  suite = await Suite.start();
  port = suite.portBase + 80;
});
after(async () => { await suite?.stop(); });

// Sends bytes as they are; the answer until the connection ends or `limitMs` is over.
function raw(text, limitMs = 15_000, to = port) {
  return new Promise((done, failed) => {
    const socket = connect(to, '127.0.0.1');
    let answer = '';
    const timer = setTimeout(() => { socket.destroy(); done(answer); }, limitMs);
    socket.on('data', (piece) => { answer += piece; });
    socket.on('close', () => { clearTimeout(timer); done(answer); });
    socket.on('error', (error) => { clearTimeout(timer); answer ? done(answer) : error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done(answer) : failed(error); });
    socket.write(text);
  });
}

async function answers() {
  const response = await fetch(`${suite.base}/v1/archive`);
  assert.equal(response.status, 200);
}

test('markup in a release is text in every form', async () => {
  const release = await suite.ingest('hostile.txt', hostile);
  const id = release.name.split('/')[1];
  for (const path of ['/', `/releases/${id}`, '/search?q=offices', `/search?q=${encodeURIComponent('<script>alert(1)</script>')}`,
    `/search?filter=${encodeURIComponent('"><script>1</script>')}`, `/releases/${encodeURIComponent('<b>')}`]) {
    const html = await (await fetch(suite.base + path)).text();
    assert.doesNotMatch(html, /<script>(window|alert|1)/, path);
    assert.doesNotMatch(html, /<(img|svg onload|iframe)[^>]*(src=x|srcdoc|onload=)/, path);
    assert.doesNotMatch(html, /href="javascript:/i, path);
    assert.doesNotMatch(html, /"on\w+=/, path);
  }
  for (const form of ['atom', 'rss']) {
    const xml = await (await fetch(`${suite.base}/feeds/releases.${form}`)).text();
    assert.doesNotMatch(xml, /<script/, form);
    assert.ok(xml.includes('&lt;script&gt;'), form);
  }
  const json = await (await fetch(`${suite.base}/v1/releases/${id}`)).json();
  assert.ok(json.title.includes('<script>') || json.text.includes('<script>'), 'the record keeps what was written');
  assert.ok(hostileTitle.startsWith('<script>'));
});

test('forms of other sites change nothing', async () => {
  const page = await fetch(`${suite.base}/sources/new`);
  const cookie = page.headers.getSetCookie()[0].split(';')[0];
  assert.match(page.headers.getSetCookie()[0], /HttpOnly; SameSite=Strict/);
  const token = (await page.text()).match(/name="csrf" value="([0-9a-f]{64})"/)[1];
  const forms = ['/sources/new', '/sources/x', '/sources/x/recipe', '/subscriptions/new', '/subscriptions/x', '/searches', '/searches/x', '/system', '/theme', '/sign-in'];
  const post = (path, fields, headers) => fetch(suite.base + path, { method: 'POST', redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers }, body: new URLSearchParams(fields) });
  for (const path of forms) {
    assert.equal((await post(path, { do: 'add', uri: 'http://127.0.0.1:9/' }, { Cookie: cookie })).status, 403, `${path} without token`);
    assert.equal((await post(path, { do: 'add', csrf: token }, {})).status, 403, `${path} without session`);
    assert.equal((await post(path, { do: 'add', csrf: `${token.slice(0, 63)}0` }, { Cookie: cookie })).status === 403 || token.endsWith('0'), true, `${path} wrong token`);
    assert.equal((await post(path, { do: 'add', csrf: token }, { Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' })).status, 403, `${path} cross-site`);
  }
  assert.equal((await post('/theme', { theme: 'dark', here: '/search', csrf: token }, { Cookie: cookie })).status, 303, 'the right one passes');
  const away = await post('/theme', { theme: 'dark', here: '//evil.example/', csrf: token }, { Cookie: cookie });
  assert.equal(away.headers.get('location'), '/', 'no open redirect');
  assert.equal((await (await fetch(`${suite.base}/v1/sources`)).json()).sources, undefined);
  assert.equal((await (await fetch(`${suite.base}/v1/savedSearches`)).json()).savedSearches, undefined);
});

test('the JSON API refuses writes of other sites, and foreign names', async () => {
  for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const response = await fetch(`${suite.base}/v1/sources`, { method: 'POST', headers: { ...headers, 'Content-Type': 'text/plain' }, body: '{}' });
    assert.equal(response.status, 403);
  }
  const rebound = await raw('GET /v1/archive HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
  assert.match(rebound, /^HTTP\/1\.1 403/);
  assert.match(rebound, /HOST_NOT_ALLOWED/);
  const preflight = await fetch(`${suite.base}/v1/releases`, { method: 'OPTIONS', headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' } });
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
});

test('line ends in parameters do not become headers', async () => {
  const evil = '%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>1</script>';
  for (const path of [`/search?q=${evil}`, `/releases/${evil}`, `/export/releases/${evil}.csv`, `/feeds/releases.atom?filter=${evil}`, `/v1/releases?pageToken=${evil}`, `/api/${evil}`]) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    const head = answer.split('\r\n\r\n')[0];
    assert.match(head, /^HTTP\/1\.1 /, path);
    assert.doesNotMatch(head, /^Set-Cookie: evil/im, path);
  }
  await answers();
});

test('paths do not climb', async () => {
  for (const path of ['/../../../../etc/passwd', '/assets/../../../../etc/passwd', '/assets/..%2f..%2f..%2fetc%2fpasswd', '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/export/..%2fkeys', '/assets/style.css%00.js', '//etc/passwd', '/assets/....//etc/passwd']) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 4\d\d/, path);
    assert.doesNotMatch(answer, /root:/, path);
  }
  await answers();
});

test('malformed and oversized requests are refused', async () => {
  const cases = [
    ['a body that says it is huge', 'POST /v1/documents:ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n{}', /^HTTP\/1\.1 413/],
    ['a length and chunks', 'POST /v1/sources HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', /^HTTP\/1\.1 400/],
    ['a long address', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, /^HTTP\/1\.1 414/],
    ['a head without end', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X-Filler: abcdefghij\r\n'.repeat(3_000)}\r\n`, /^HTTP\/1\.1 431/],
    ['no HTTP at all', '\x16\x03\x01\x00\xee\x01\x00\r\n\r\n', /^HTTP\/1\.1 400/],
    ['a method that there is not', 'BREW /v1/releases HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 4/],
  ];
  for (const [what, request, wanted] of cases) assert.match(await raw(request, 90_000), wanted, what);
  await answers();
});

test('silent and slow clients do not keep others out', async () => {
  const sockets = [];
  for (let i = 0; i < 300; ++i) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    sockets.push(socket);
  }
  const drip = setInterval(() => { for (const socket of sockets) if (!socket.destroyed) socket.write('a'); }, 500);
  const begin = Date.now();
  for (let i = 0; i < 3; ++i) await answers();
  const took = Date.now() - begin;
  assert.ok(took < 30_000, `three requests took ${took} ms beside 300 slow clients`);
  // In the end all of them are cut.
  await until(() => sockets.every((socket) => socket.destroyed || socket.readyState === 'closed' || socket.readableEnded), 'slow clients are cut', 90_000);
  clearInterval(drip);
  for (const socket of sockets) socket.destroy();
});

test('keys are asked for, have scopes, and cannot be guessed', async () => {
  const keys = join(suite.data, 'keys');
  const make = (scope) => spawnSync(join(bin, 'dateline'), ['--data', suite.data, 'key', 'create', '--file', keys, '--scope', scope, '--name', `test ${scope}`], { encoding: 'utf8' }).stdout.match(/dl_\w+/)[0];
  const reader = make('read');
  const other = suite.portBase + 90;
  const gateway = spawn(join(bin, 'dateline-gateway'), [`--http.listen=127.0.0.1:${other}`, `--ops.listen=127.0.0.1:${other + 1}`, `--access.keys_file=${keys}`,
    `--storage.address=127.0.0.1:${suite.portBase + 10}`, `--ingestion.address=127.0.0.1:${suite.portBase + 20}`,
    `--extraction.address=127.0.0.1:${suite.portBase + 30}`, `--notification.address=127.0.0.1:${suite.portBase + 40}`, '--access.cors_origins=https://app.example'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  gateway.stderr.on('data', (piece) => { log += piece; });
  const base = `http://127.0.0.1:${other}`;
  try {
    await until(async () => { try { return (await fetch(`${base}/openapi.json`)).ok; } catch { return false; } }, 'the gateway with keys is up');
    const get = (path, key, init = {}) => fetch(base + path, { redirect: 'manual', ...init, headers: { ...(key ? { Authorization: `Bearer ${key}` } : {}), ...init.headers } });
    const refused = await get('/v1/releases');
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="dateline"');
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.equal((await refused.json()).reason, 'KEY_NEEDED');
    assert.equal((await get('/')).headers.get('location'), '/sign-in');
    const allowed = await get('/v1/releases', reader);
    assert.equal(allowed.status, 200);
    assert.match(allowed.headers.get('ratelimit-remaining'), /^\d+$/);
    const scope = await get('/v1/sources', reader, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    assert.equal(scope.status, 403);
    assert.equal((await scope.json()).metadata.scope, 'ingest');
    const cors = await get('/v1/releases', reader, { headers: { Origin: 'https://app.example' } });
    assert.equal(cors.headers.get('access-control-allow-origin'), 'https://app.example');
    // Guessing: after a few wrong ones the address has to wait; a right key still passes.
    const statuses = [];
    for (let i = 0; i < 25; ++i) statuses.push((await get('/v1/releases', `dl_${'0'.repeat(12)}_${String(i).padStart(64, '0')}`)).status);
    assert.equal(statuses[0], 401);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await get('/v1/releases', reader)).status, 200);
    // Only hashes are on disk, and no key is in the log.
    assert.ok(!readFileSync(keys, 'utf8').includes(reader.slice(20)));
    assert.ok(!log.includes(reader.slice(20)));
    // Revoked is revoked, within a second or two.
    spawnSync(join(bin, 'dateline'), ['--data', suite.data, 'key', 'revoke', '--file', keys, reader.split('_')[1]]);
    await until(async () => [401, 429].includes((await get('/v1/releases', reader)).status), 'the key is revoked', 10_000);
  } finally {
    gateway.kill('SIGTERM');
  }
});

test('what changes something is in the audit log', async () => {
  await fetch(`${suite.base}/v1/sources/nobody:pause`, { method: 'POST' });
  await until(() => /audit.*PauseSource/.test(suite.gatewayLog()) , 'an audit line', 10_000);
});
