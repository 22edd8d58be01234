// Feeds and exports read back: Atom, RSS and JSON Feed by our own reader (`dateline feed`) and by Debian's
// python3-feedparser say the same; ninjs is valid by IPTC's schema where that is at hand; the rows of the CSV have the
// words that the text has at the places that they name.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bridge, hostile, river, riverRevised } from './fixtures.mjs';
import { bin, root, Suite, until } from './suite.mjs';

let suite;
const names = [];

before(async () => {
  suite = await Suite.start();
  for (const [name, text] of [['bridge.txt', bridge], ['hostile.txt', hostile], ['river.txt', river]]) {
    names.push((await suite.ingest(name, text)).name);
  }
});
after(async () => { await suite?.stop(); });

async function get(path, headers = {}) {
  const response = await fetch(suite.base + path, { headers });
  assert.equal(response.status, 200, path);
  return { response, text: await response.text() };
}

const kFeedparser = `
import feedparser, json, sys
feed = feedparser.parse(sys.stdin.buffer.read())
assert not feed.bozo, feed.bozo_exception
print(json.dumps({"title": feed.feed.title, "items": [{"id": e.id, "title": e.title, "link": e.link, "summary": e.get("summary", "")} for e in feed.entries]}))
`;

function byFeedparser(text) {
  const done = spawnSync('/usr/bin/python3', ['-c', kFeedparser], { input: text, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

// What our own reader of feeds makes of it.
function byDateline(text, name) {
  const file = join(suite.data, name);
  writeFileSync(file, text);
  return JSON.parse(suite.run('feed', '--json', file));
}

test('Atom, RSS and JSON Feed say the same to everybody', async () => {
  const atom = byFeedparser((await get('/feeds/releases.atom')).text);
  const rss = byFeedparser((await get('/feeds/releases.rss')).text);
  const json = JSON.parse((await get('/feeds/releases.json')).text);
  assert.equal(json.version, 'https://jsonfeed.org/version/1.1');
  assert.equal(atom.items.length, 3);
  const ids = json.items.map((item) => item.id);
  assert.deepEqual(atom.items.map((item) => item.id), ids);
  assert.deepEqual(rss.items.map((item) => item.id), ids);
  assert.deepEqual(new Set(ids), new Set(names.map((name) => `urn:uuid:${name.split('/')[1]}`)));
  const releases = await (await fetch(`${suite.base}/v1/releases`)).json();
  assert.deepEqual(json.items.map((item) => item.title), releases.releases.map((release) => release.title));
});

test('our own reader finds every item', async () => {
  for (const form of ['atom', 'rss', 'json']) {
    const read = byDateline((await get(`/feeds/releases.${form}`)).text, `own.${form}`);
    assert.equal((read.items ?? read.entries).length, 3, form);
  }
});

test('a feed obeys its filter, is not sent twice, and moves only with a revision', async () => {
  const filtered = JSON.parse((await get(`/feeds/releases.json?filter=${encodeURIComponent('title:bridge')}`)).text);
  assert.equal(filtered.items.length, 1);
  const first = await get('/feeds/releases.atom');
  const again = await fetch(`${suite.base}/feeds/releases.atom`, { headers: { 'If-None-Match': first.response.headers.get('etag') } });
  assert.equal(again.status, 304);
  const modified = (text) => Object.fromEntries(JSON.parse(text).items.map((item) => [item.id, item.date_modified]));
  const before = modified((await get('/feeds/releases.json')).text);
  await suite.ingest('river.txt', riverRevised);
  const id = `urn:uuid:${names[2].split('/')[1]}`;
  const now = await until(async () => {
    const read = modified((await get('/feeds/releases.json')).text);
    return read[id] === before[id] ? undefined : read;
  }, 'the feed shows the revision');
  for (const other of Object.keys(before)) if (other !== id) assert.equal(now[other], before[other]);
  const wrong = await fetch(`${suite.base}/feeds/releases.atom?filter=${encodeURIComponent('titel = x')}`);
  assert.equal(wrong.status, 400);
  assert.equal((await wrong.json()).reason, 'INVALID_FILTER');
});

function csvRows(text) {
  const rows = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { cell += '"'; ++i; } else if (c === '"') quoted = false; else cell += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') { rows.at(-1).push(cell); cell = ''; }
    else if (c === '\r') continue;
    else if (c === '\n') { rows.at(-1).push(cell); cell = ''; rows.push([]); }
    else cell += c;
  }
  rows.pop();
  const [heading, ...rest] = rows;
  return rest.map((row) => Object.fromEntries(heading.map((name, i) => [name, row[i]])));
}

test('CSV has a row a release, and a row a fact with its evidence', async () => {
  const releases = csvRows((await get('/export/releases.csv')).text);
  assert.deepEqual(new Set(releases.map((row) => row.name)), new Set(names));
  const facts = csvRows((await get('/export/releases.csv?rows=facts')).text);
  assert.ok(facts.some((row) => row.kind === 'quote'));
  for (const row of facts.filter((one) => one.start !== '' && one.kind !== 'contact')) {
    const release = releases.find((one) => one.name === row.release);
    const words = Buffer.from(release.text, 'utf8').subarray(Number(row.start), Number(row.end)).toString('utf8');
    if (row.kind === 'quote' || row.kind === 'figure') assert.equal(words, row.text);
    assert.ok(words.length > 0, JSON.stringify(row));
  }
  for (const row of [...releases, ...facts]) for (const cell of Object.values(row)) assert.doesNotMatch(cell ?? '', /^[=+@]/);
});

test('JSON Lines and JSON-LD are whole, one release a line', async () => {
  for (const [path, key] of [['/export/releases.jsonl', 'name'], ['/v1/releases:export', 'name'], ['/export/releases.jsonld', 'identifier']]) {
    const lines = (await get(path)).text.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(new Set(lines.map((line) => line[key])), new Set(names), path);
  }
  const one = JSON.parse((await get(`/export/${names[2]}.jsonld`)).text);
  assert.equal(one['@type'], 'NewsArticle');
  assert.ok(one.hasPart.some((part) => part['@type'] === 'Quotation' && part.additionalProperty[0].value.match(/^\d+-\d+$/)));
  assert.match((await get(`/export/${names[2]}.md`)).text, /^---\n/);
});

test('ninjs is valid', async () => {
  const require = createRequire(join(process.env.DATELINE_TOOLS ?? join(root, 'build/tools'), 'package.json'));
  const Ajv = require('ajv/dist/2020').default;
  const ajv = new Ajv({ strict: false, allErrors: true });
  require('ajv-formats')(ajv);
  // IPTC's schema refers to one that is elsewhere; we write no shapes.
  ajv.addSchema({ $id: 'https://geojson.org/schema/GeoJSON.json', type: 'object' });
  const official = join(root, '../shared/corpus/schemas/ninjs-schema_3.1.json');
  const schema = existsSync(official) ? JSON.parse(readFileSync(official, 'utf8')) : {
    type: 'object', required: ['uri', 'standard', 'headlines', 'bodies'], additionalProperties: true,
    properties: { uri: { type: 'string' }, type: { const: 'text' }, headlines: { type: 'array', items: { type: 'object', required: ['value'] } },
      standard: { type: 'object', required: ['name', 'version'] }, versionCreated: { type: 'string', format: 'date-time' },
      quotes: false, figures: false, text: false } };
  const validate = ajv.compile(schema);
  const lines = (await get('/export/releases.ninjs')).text.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.length, 3);
  for (const item of lines) assert.ok(validate(item), JSON.stringify(validate.errors?.slice(0, 3)));
});

test('a hub that is announced is told of the feeds with news, and of no others', async () => {
  const told = [];
  const hub = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => { body += piece; });
    request.on('end', () => {
      const form = new URLSearchParams(body);
      assert.equal(form.get('hub.mode'), 'publish');
      told.push(form.getAll('hub.url'));
      response.writeHead(204).end();
    });
  });
  await new Promise((done) => hub.listen(0, '127.0.0.1', done));
  const hubUri = `http://127.0.0.1:${hub.address().port}/hub`;
  const port = suite.portBase + 90;
  const base = `http://127.0.0.1:${port}`;
  const gateway = spawn(join(bin, 'dateline-gateway'), [`--http.listen=127.0.0.1:${port}`, `--ops.listen=127.0.0.1:${port + 1}`, '--access.require_keys=false',
    `--http.public_uri=${base}`, `--feeds.hub_uri=${hubUri}`, `--storage.address=127.0.0.1:${suite.portBase + 10}`, `--ingestion.address=127.0.0.1:${suite.portBase + 20}`,
    `--extraction.address=127.0.0.1:${suite.portBase + 30}`, `--notification.address=127.0.0.1:${suite.portBase + 40}`], { stdio: 'ignore' });
  try {
    await until(async () => { try { return (await fetch(`${base}/openapi.json`)).ok; } catch { return false; } }, 'the gateway with a hub is up');
    await until(() => told.length > 0, 'the hub hears of every feed at the start');
    const whole = ['atom', 'json', 'rss'].map((form) => `${base}/feeds/releases.${form}`);
    assert.deepEqual(told[0].sort(), whole);
    const dam = `${base}/feeds/releases.atom?filter=${encodeURIComponent('title:dam')}`;
    const ferry = `${base}/feeds/releases.atom?filter=${encodeURIComponent('title:ferry')}`;
    for (const feed of [dam, ferry]) {
      const response = await fetch(feed);
      assert.ok(response.headers.get('link').includes(`<${hubUri}>; rel="hub"`));
      assert.ok((await response.text()).includes(`<link rel="hub" href="${hubUri}"/>`), 'the feed names its hub');
    }
    assert.doesNotMatch((await fetch(`${base}/feeds/releases.atom?key=dl_secret`)).headers.get('link'), /rel="hub"/, 'a key is told to nobody');
    await suite.ingest('dam.txt', 'Dam Opens Its Gates\n\nPuerto Claro – The dam opened its gates today, the Harbour Authority said.\n');
    await until(() => told.length > 1, 'the hub hears of the release');
    assert.deepEqual(told.slice(1).flat().sort(), [...whole, dam].sort());
  } finally {
    gateway.kill('SIGTERM');
    hub.closeAllConnections();
    hub.close();
  }
});
