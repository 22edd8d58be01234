// The JSON API driven by its OpenAPI document alone, with somebody else's client (openapi-client-axios): every operation is
// called once with good input and once with bad. And what HTTP clients count on: tags, pages, events with a cursor.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bridge, river, riverRevised } from './fixtures.mjs';
import { root, Suite, until } from './suite.mjs';

let suite;
let client;
let document;
let release;

before(async () => {
  suite = await Suite.start();
  release = await suite.ingest('river.txt', river);
  await suite.ingest('river.txt', riverRevised);
  await suite.ingest('bridge.txt', bridge);
  document = await (await fetch(`${suite.base}/openapi.json`)).json();
  const require = createRequire(join(process.env.DATELINE_TOOLS ?? join(root, 'build/tools'), 'package.json'));
  const { OpenAPIClientAxios } = require('openapi-client-axios');
  client = await new OpenAPIClientAxios({ definition: document, axiosConfigDefaults: { validateStatus: () => true, timeout: 90_000, paramsSerializer: { indexes: null } } }).init();
});
after(async () => { await suite?.stop(); });

const operations = () => Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })));

// Good input where the example of the type is not enough.
function goodInput(operation) {
  const id = release.name.split('/')[1];
  const made = {
    searchReleases: { query: { query: 'river' } },
    batchGetReleases: { query: { names: [release.name] } },
    extractReleases: { body: { content: Buffer.from(river).toString('base64'), uri: 'file:///river.txt', contentType: 'text/plain' } },
    ingestDocument: { body: { uri: 'file:///api.txt', content: Buffer.from('A Title of a Release\n\nPuerto Claro – Something happened today in the harbour.\n').toString('base64'), contentType: 'text/plain' } },
    ingestUrl: { body: { url: 'http://127.0.0.1:9/none' } },
    createSource: { query: { sourceId: 'harbour' }, body: { uri: 'http://127.0.0.1:9/feed.xml', kind: 'KIND_FEED', displayName: 'Harbour' } },
    updateSource: { body: { displayName: 'Harbour Authority' } },
    discoverSources: { body: { uri: 'http://127.0.0.1:9/' } },
    testRecipe: { body: { uri: 'http://127.0.0.1:9/', recipe: { itemSelector: 'li' } } },
    importSources: { body: { opml: '<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body><outline type="rss" text="a" xmlUrl="http://127.0.0.1:9/b.xml"/></body></opml>', validateOnly: true } },
    createSubscription: { query: { subscriptionId: 'hook' }, body: { displayName: 'Hook', filter: 'title:river', webhook: { uri: 'http://127.0.0.1:9/hook' } } },
    updateSubscription: { body: { displayName: 'Hook 2' } },
    createSavedSearch: { query: { savedSearchId: 'rivers' }, body: { displayName: 'Rivers', query: 'river', filter: 'quotes:*' } },
    updateSavedSearch: { body: { displayName: 'Rivers and floods' } },
    eraseContact: { body: { value: 'nobody@nowhere.example', validateOnly: true } },
    readEventsOfLogsStorageEvents: { query: { topic: 'release/' } },
    readEventsOfLogsIngestionEvents: { query: { topic: 'source/' } },
    readEventsOfLogsNotificationEvents: { query: { topic: 'subscription/' } },
    retryDeadLettersOfLogsStorageDeadLettersRetry: { body: { topic: 'document/', group: 'extraction' } },
    retryDeadLettersOfLogsIngestionDeadLettersRetry: { body: { topic: 'source/', group: 'nobody' } },
    retryDeadLettersOfLogsNotificationDeadLettersRetry: { body: { topic: 'subscription/', group: 'nobody' } },
    reprocessDocuments: { body: { validateOnly: true } },
    withdrawRelease: { body: { cause: 'a test' } },
  }[operation.operationId] ?? {};
  if (operation.operationId.startsWith('dryRunSubscription')) made.body = { filter: 'title:river', days: 30 };
  const path = {};
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in !== 'path') continue;
    path[parameter.name] = { release: id, revision: '1', source: 'harbour', subscription: 'hook', savedSearch: 'rivers', saved_search: 'rivers' }[parameter.name] ?? '00000000-0000-4000-8000-000000000000';
  }
  return { path, query: made.query ?? {}, body: made.body };
}

const kOrder = ['createSource', 'createSubscription', 'createSavedSearch'];
const kLast = ['withdrawRelease', 'deleteSource', 'deleteSubscription', 'deleteSavedSearch'];
const rank = (operation) => (kOrder.includes(operation.operationId) ? 0 : kLast.includes(operation.operationId) ? 2 : 1);

test('the document is OpenAPI 3.1 and says everything once', () => {
  assert.equal(document.openapi, '3.1.0');
  const ids = operations().map((operation) => operation.operationId);
  assert.ok(ids.length > 70, `${ids.length} operations`);
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
  for (const operation of operations()) assert.ok(operation.description?.length > 10, operation.operationId);
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/([\w.]+)/g)) assert.ok(document.components.schemas[name], name);
});

test('every operation answers good input, and tells bad input by a problem', async (t) => {
  for (const operation of operations().sort((a, b) => rank(a) - rank(b))) {
    if (operation.operationId === 'streamEvents') continue; // Below.
    await t.test(operation.operationId, async () => {
      const { path, query, body } = goodInput(operation);
      const bad = await client[operation.operationId]({ ...path, ...query, noSuchParameter: '1' }, operation.requestBody ? '{"noSuchField": 1' : undefined,
        { headers: operation.requestBody ? { 'Content-Type': 'application/json' } : {}, transformRequest: (data) => data });
      assert.ok(bad.status >= 400 && bad.status < 500, `bad input: ${bad.status}`);
      assert.match(bad.headers['content-type'], /^application\/problem\+json/);
      for (const member of ['type', 'title', 'status', 'detail', 'reason', 'domain']) assert.ok(bad.data[member] !== undefined, member);
      const good = await client[operation.operationId]({ ...path, ...query }, body ?? (operation.requestBody ? {} : undefined));
      // What is not there, what this version does not do, and what a busy or closed port answers are told as problems.
      const told = good.status < 300 || (good.data?.reason && ![500, 405].includes(good.status) && !['UNKNOWN_PARAMETER', 'INVALID_JSON', 'INVALID_PARAMETER', 'NO_SUCH_METHOD'].includes(good.data.reason));
      assert.ok(told, `good input: ${good.status} ${JSON.stringify(good.data).slice(0, 300)}`);
      if (['listReleases', 'searchReleases', 'batchGetReleases', 'extractReleases', 'ingestDocument', 'createSource', 'createSavedSearch', 'getSavedSearch', 'listSavedSearches', 'updateSavedSearch', 'deleteSavedSearch', 'listSources', 'getArchiveStats', 'diffReleaseRevisions', 'getExtractorInfo'].includes(operation.operationId)) {
        assert.ok(good.status < 300, `${good.status} ${JSON.stringify(good.data).slice(0, 300)}`);
      }
    });
  }
});

test('resources have tags, lists have pages', async () => {
  const first = await fetch(`${suite.base}/v1/releases?pageSize=1`);
  const link = first.headers.get('link');
  assert.match(link, /<\/v1\/releases\?.*pageToken=.*>; rel="next"/);
  const next = await (await fetch(suite.base + link.match(/<(.*)>/)[1])).json();
  assert.notEqual(next.releases[0].name, (await first.json()).releases[0].name);
  const one = await fetch(`${suite.base}/v1/${release.name}`);
  const etag = one.headers.get('etag');
  const again = await fetch(`${suite.base}/v1/${release.name}`, { headers: { 'If-None-Match': etag } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), '');
  const source = await (await fetch(`${suite.base}/v1/sources?sourceId=tagged`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ uri: 'http://127.0.0.1:9/t.xml', kind: 'KIND_FEED' }) })).json();
  const stale = await fetch(`${suite.base}/v1/${source.name}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json', 'If-Match': '"stale"' }, body: '{"displayName": "x"}' });
  assert.equal(stale.status, 409);
  assert.equal((await stale.json()).reason, 'ETAG_MISMATCH');
  for (const path of ['/v1/releases?view=RELEASE_VIEW_FULL', '/openapi.json', '/', '/feeds/releases.atom', '/export/releases.jsonl']) {
    const gzip = await fetch(suite.base + path, { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(gzip.headers.get('content-encoding'), 'gzip', path);
    const plain = await fetch(suite.base + path, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null, path);
    if (path !== '/') assert.equal(await gzip.text(), await plain.text(), path);
  }
});

// Reads server-sent events until `enough` of them have data.
function events(path, headers, enough) {
  return new Promise((done, failed) => {
    const request = httpRequest(suite.base + path, { headers }, (response) => {
      if (response.statusCode !== 200) { response.resume(); done({ status: response.statusCode, events: [] }); return; }
      let text = '';
      response.on('data', (piece) => {
        text += piece;
        const messages = text.split('\n\n').slice(0, -1).map((message) => Object.fromEntries(message.split('\n').filter((line) => line.includes(': ')).map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)])));
        const withData = messages.filter((message) => message.data);
        if (withData.length >= enough) { request.destroy(); done({ status: 200, events: withData }); }
      });
    });
    request.on('error', (error) => { if (error.code !== 'ECONNRESET') failed(error); });
    request.end();
  });
}

test('events stream from the beginning, and go on behind Last-Event-ID', async () => {
  const all = (await events('/v1/events?start=START_EARLIEST', {}, 3)).events;
  assert.deepEqual(all.slice(0, 2).map((event) => event.event), ['org.dateline.release.published', 'org.dateline.release.revised']);
  const data = all.map((event) => JSON.parse(event.data));
  assert.equal(data[0].specversion, '1.0');
  assert.equal(data[0].subject, release.name);
  const rest = (await events('/v1/events?start=START_EARLIEST', { 'Last-Event-ID': all[0].id }, 2)).events;
  assert.equal(JSON.parse(rest[0].data).id, data[1].id);
  const filtered = (await events(`/v1/events?start=START_EARLIEST&filter=${encodeURIComponent('title:bridge')}`, {}, 1)).events;
  assert.match(JSON.parse(filtered[0].data).data.release.title, /Bridge/);
  assert.equal((await events('/v1/events?filter=titel%3Dx', {}, 1)).status, 400);
});

test('500 streams all get every event', async () => {
  const count = Number(process.env.DATELINE_STREAMS ?? 500);
  const received = new Array(count).fill(0);
  const requests = [];
  let opened = 0;
  for (let i = 0; i < count; ++i) {
    const request = httpRequest(`${suite.base}/v1/events`, { agent: false }, (response) => {
      opened += 1;
      response.on('data', (piece) => { received[i] += (String(piece).match(/^data: /gm) ?? []).length; });
      response.on('error', () => {});
    });
    request.on('error', () => {});
    request.end();
    requests.push(request);
  }
  await until(() => opened === count, `all ${count} streams are open`, 180_000);
  for (let i = 0; i < 5; ++i) await suite.ingest(`many-${i}.txt`, `Ferry Number ${i} Sails Again\n\nPuerto Claro – Ferry number ${i} sails again from today, the Harbour Authority said.\n`);
  await until(() => received.every((number) => number >= 5), `5 events on each of ${count} streams`, 180_000);
  assert.ok(received.every((number) => number === 5), 'each once');
  for (const request of requests) request.destroy();
});
