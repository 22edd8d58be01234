// Every page of the console in Debian's Chromium over the running suite: with and without JavaScript, light and dark, on a
// screen and on a telephone. It answers, is light, obeys its own policy, axe finds nothing serious or critical, and hostile
// text stays text. Screenshots go to $DATELINE_SCREENSHOTS when that is set.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, seriousFindings } from './browser.mjs';
import { bridge, hostile, river, riverRevised } from './fixtures.mjs';
import { Suite } from './suite.mjs';

const kPageBytesMax = 50_000;
let suite;
let browser;
let pages;

before(async () => {
  suite = await Suite.start();
  await suite.ingest('bridge.txt', bridge);
  const evil = await suite.ingest('hostile.txt', hostile);
  const first = await suite.ingest('river.txt', river);
  await suite.ingest('river.txt', riverRevised);
  const id = first.name.split('/')[1];
  const source = await (await fetch(`${suite.base}/v1/sources?sourceId=harbour`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ uri: 'http://127.0.0.1:9/feed.xml', displayName: 'Harbour Authority', kind: 'KIND_FEED' }),
  })).json();
  await fetch(`${suite.base}/v1/savedSearches`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ displayName: 'Rivers "and" <b>floods</b>', query: 'river', filter: 'quotes:*' }),
  });
  pages = {
    latest: '/', search: '/search?q=river', 'search-landing': '/search', 'search-saved': '/search?q=river&filter=quotes%3A*', 'search-empty': '/search?q=zzzzqqqq', 'search-filter': '/search?filter=titel%3Dx',
    release: `/releases/${id}`, hostile: `/releases/${evil.name.split('/')[1]}`, diff: `/releases/${id}/diff`,
    people: '/people', organizations: '/organizations', places: '/places', sources: '/sources', 'source-new': '/sources/new',
    subscriptions: '/subscriptions', 'subscription-new': '/subscriptions/new?words=river', system: '/system', api: '/api',
    'api-operation': '/api/listReleases', 'sign-in': '/sign-in', missing: '/nothing/here',
  };
  if (source.name) pages.source = `/${source.name}`;
  for (const collection of ['people', 'organizations', 'places']) {
    const kind = { people: 'KIND_PERSON', organizations: 'KIND_ORGANIZATION', places: 'KIND_PLACE' }[collection];
    const answer = await fetch(`${suite.base}/v1/entities?kind=${kind}`);
    const entity = answer.ok ? (await answer.json()).entities?.[0] : undefined;
    if (entity) pages[`${collection}-one`] = `/${entity.name}`;
  }
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await suite?.stop();
});

async function shoot(page, name) {
  if (!process.env.DATELINE_SCREENSHOTS) return;
  mkdirSync(process.env.DATELINE_SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.DATELINE_SCREENSHOTS, `${name}.png`), fullPage: true });
}

for (const scheme of ['light', 'dark']) {
  test(`every page is accessible and quiet (${scheme})`, async (t) => {
    for (const [name, path] of Object.entries(pages)) {
      await t.test(name, async () => {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        const complaints = [];
        page.on('console', (message) => { if (message.type() === 'error' && !/status of (4|5)\d\d/.test(message.text())) complaints.push(message.text()); });
        page.on('pageerror', (error) => complaints.push(String(error)));
        const outside = [];
        page.on('request', (request) => { if (!request.url().startsWith(suite.base)) outside.push(request.url()); });
        await page.emulateMedia({ colorScheme: scheme });
        const response = await page.goto(suite.base + path, { waitUntil: 'load' });
        assert.ok(response.status() < 500, `${path}: ${response.status()}`);
        const bytes = (await response.body()).length;
        assert.ok(bytes <= kPageBytesMax, `${path}: ${bytes} bytes`);
        const policy = response.headers()['content-security-policy'];
        assert.match(policy, /default-src 'none'/);
        assert.doesNotMatch(policy, /unsafe/);
        assert.equal(await page.locator('h1').count(), 1, `${path}: one h1`);
        assert.deepEqual(await seriousFindings(page), [], path);
        assert.equal(await page.evaluate(() => window.hacked), undefined, `${path}: foreign script ran`);
        assert.deepEqual(complaints, [], path);
        assert.deepEqual(outside, [], `${path}: asked outside`);
        // Nothing is wider than the window.
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1), `${path}: too wide`);
        await shoot(page, `${name}-${scheme}`);
        await page.setViewportSize({ width: 390, height: 800 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth + 1), `${path}: too wide on a telephone`);
        if (scheme === 'light') await shoot(page, `${name}-phone`);
        await page.close();
      });
    }
  });
}

test('the first page tells what stands beside its list', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(suite.base);
  const rail = page.locator('.rail');
  const saved = rail.getByRole('link', { name: /^Rivers "and" <b>floods<\/b>/ });
  assert.match(await saved.innerText(), /2 new/, 'the river and the bridge');
  assert.match(await rail.innerText(), /Edited after publication[\s\S]*River Guards Train/i);
  assert.match(await rail.innerText(), /1 watched/);
  assert.ok(await rail.locator('svg.map circle').count() > 0, 'a map of the places');
  await rail.getByRole('link', { name: /River Guards Train/ }).click();
  await page.waitForURL(/\/diff/);
  await page.close();
});

test('the release page ties words and facts together', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(suite.base + pages.release);
  const person = page.locator('.fact.k-person', { hasText: 'Marta Olsen' }).first();
  const id = await person.getAttribute('id');
  const words = page.locator(`#text [data-f~="${id}"]`).first();
  await person.hover();
  await page.waitForFunction((fact) => document.querySelector(`#text [data-f~="${fact}"]`).classList.contains('lit'), id);
  await page.mouse.move(2, 2);
  await words.focus();
  assert.ok(await person.evaluate((node) => node.classList.contains('lit')), 'focus on the words lights the fact');
  assert.match(await words.innerText(), /Marta Olsen/);
  // Evidence: the marked words of every fact are in the record's text.
  const release = await (await fetch(`${suite.base}/v1${pages.release}`)).json();
  for (const text of await page.locator('#text .w').allInnerTexts()) {
    const plain = text.replace(/\s+/g, ' ');
    assert.ok(release.text.replace(/\s+/g, ' ').includes(plain), plain);
  }
  await page.close();
});

test('the diff shows the figure that was edited', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(suite.base + pages.diff);
  assert.match(await page.locator('main').innerText(), /310/);
  assert.ok(await page.locator('.edits ins').count() > 0);
  assert.ok(await page.locator('.edits del').count() > 0);
  await page.close();
});

test('the theme stays chosen, without JavaScript', async () => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(`${suite.base}/search?q=river`);
  await page.getByRole('button', { name: 'Dark' }).click();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  assert.ok(page.url().endsWith('/search?q=river'), page.url());
  await page.getByRole('button', { name: 'Light' }).click();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
  await page.close();
});
