// What people do, in Debian's Chromium over the running suite, with and without JavaScript: add a newsroom, see its
// releases arrive by themselves, search, open one, follow the evidence; and subscribe with a dry run, see the delivery of
// the webhook, send it again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './browser.mjs';
import { Newsroom, Receiver, Suite, until } from './suite.mjs';

let suite;
let browser;
let newsroom;
let receiver;

before(async () => {
  newsroom = await Newsroom.open();
  receiver = await Receiver.open();
  newsroom.publish('pilot-boats', 'Two Pilot Boats Join the Harbour Fleet', [
    'Puerto Claro – Two pilot boats joined the fleet of the Harbour Authority on Monday.',
    '"They are quiet and they are quick," said Marta Olsen, director of the Harbour Authority. "The crews asked for both."',
    'The boats cost 3 million dollars and carry 12 people each.']);
  suite = await Suite.start();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await suite?.stop();
  newsroom?.close();
  receiver?.close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a newsroom is added and its releases are read (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
    const page = await browser.newPage({ javaScriptEnabled });
    page.setDefaultTimeout(60_000);
    if (javaScriptEnabled) {
      // The page of the latest is open while the newsroom is added elsewhere: its releases appear by themselves.
      await page.goto(suite.base);
      assert.match(await page.locator('.empty').innerText(), /Nothing has come in yet/);
      await page.locator('#live:not([hidden])').waitFor();
      const other = await browser.newPage();
      other.setDefaultTimeout(60_000);
      await other.goto(`${suite.base}/sources`);
      await other.getByLabel('Address of the newsroom').fill(newsroom.base);
      await other.getByRole('button', { name: 'Look' }).click();
      await other.getByRole('button', { name: 'Watch this' }).first().click();
      await other.waitForURL(/\/sources\/[a-z]/);
      await page.locator('.row.new h3', { hasText: 'Two Pilot Boats' }).waitFor();
      assert.equal(await page.locator('.empty').count(), 0);
      await other.close();
    }
    await page.goto(suite.base);
    await page.getByRole('searchbox', { name: 'Search releases' }).fill('pilot boats');
    await page.locator('form.find').getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/\/search/);
    assert.ok(await page.locator('.row mark').count() > 0, 'the words are marked');
    await page.locator('.row h3 a', { hasText: 'Two Pilot Boats' }).click();
    await page.waitForURL(/\/releases\//);
    // From the fact to the words, and back.
    const fact = page.locator('.fact.k-quote').first();
    const id = await fact.getAttribute('id');
    await fact.getByRole('link', { name: /In the text/ }).click();
    assert.ok(page.url().endsWith(`#w-${id}`), page.url());
    assert.match(await page.locator(`#text [data-f~="${id}"]`).first().innerText(), /quiet/);
    await page.close();
  });
}

test('a recipe is tried, kept, and read by', async () => {
  newsroom.publish('slipway', 'Slipway Opens for Repairs', ['Puerto Claro – The slipway opens on Friday, the Harbour Authority said.', 'It takes 4 boats at once.'], true);
  const source = (await (await fetch(`${suite.base}/v1/sources`)).json()).sources[0].name;
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${suite.base}/${source}`);
  await page.getByLabel('Page', { exact: true }).fill(`${newsroom.base}/news/slipway`);
  await page.getByLabel('Title', { exact: true }).fill('.t1');
  await page.getByLabel('Body of a release').fill('.t2');
  await page.getByLabel('Left out of it').fill('.buy');
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.getByRole('heading', { name: 'Slipway Opens for Repairs' }).waitFor();
  await page.getByRole('button', { name: 'Read this source by it' }).click();
  await page.getByText('Version 1:').waitFor();
  await page.getByRole('button', { name: 'Poll now' }).click();
  const release = await until(async () => {
    const list = await (await fetch(`${suite.base}/v1/releases?view=RELEASE_VIEW_FULL`)).json();
    return list.releases.find((one) => one.uri.endsWith('/slipway'));
  }, 'the release of the odd page');
  assert.equal(release.title, 'Slipway Opens for Repairs');
  assert.equal(release.text, 'Puerto Claro – The slipway opens on Friday, the Harbour Authority said.\n\nIt takes 4 boats at once.');
  await page.goto(`${suite.base}/${source}`);
  await page.getByRole('button', { name: 'Remove version 1' }).click();
  await page.getByText('Version 1:').waitFor({ state: 'detached' });
  await page.close();
});

test('a release that is published later arrives by itself', async () => {
  const page = await browser.newPage();
  await page.goto(suite.base);
  await page.locator('#live:not([hidden])').waitFor();
  await suite.ingest('later.txt', 'Night Ferry Returns to the Northern Islands\n\nPuerto Claro – The night ferry sails again from Friday on, the Harbour Authority said. It carries 300 people.\n');
  const row = page.locator('.row.new', { hasText: 'Night Ferry Returns' });
  await row.waitFor({ timeout: 60_000 });
  assert.match(await page.locator('#arrivals').innerText(), /since you opened this page/);
  assert.match(await row.locator('h3 a').getAttribute('href'), /^\/releases\//);
  await page.close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a search is saved, opened, renamed, subscribed to and deleted (JavaScript ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
    const name = `Harbour ${javaScriptEnabled}`;
    const page = await browser.newPage({ javaScriptEnabled });
    page.setDefaultTimeout(60_000);
    await page.goto(`${suite.base}/search?q=harbour&filter=${encodeURIComponent('figures:*')}`);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.saved-name', { hasText: name }).waitFor();
    assert.match(page.url(), /\/search\?q=harbour&filter=figures/);
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).count(), 0, 'what is saved is not saved again');
    // It stands on the search page with what is new in it, and leads back.
    await page.goto(`${suite.base}/search`);
    const card = page.locator('.saved li', { hasText: name });
    assert.match(await card.innerText(), /\d+ new/);
    await card.getByRole('link').click();
    await page.waitForURL(/q=harbour/);
    assert.equal(await page.getByLabel('Filter', { exact: true }).inputValue(), 'figures:*');
    assert.ok(await page.locator('.row mark').count() > 0);
    // Its feed and its subscription are of the same search.
    const feed = await page.getByRole('link', { name: 'JSON Feed' }).first().getAttribute('href');
    const items = (await (await fetch(suite.base + feed)).json()).items;
    assert.ok(items.length > 0 && items.length === await page.locator('.row').count(), `${items.length} items`);
    const subscribe = await page.getByRole('link', { name: /^Subscribe/ }).getAttribute('href');
    assert.match(subscribe, /^\/subscriptions\/new\?filter=figures%3A%2A&query=harbour$/);
    await page.getByText('Rename or delete').click();
    await page.locator('#saved-name').fill(`${name} renamed`);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.locator('.saved-name', { hasText: `${name} renamed` }).waitFor();
    await page.getByText('Rename or delete').click();
    await page.locator('#saved-name').fill(' ');
    await page.getByRole('button', { name: 'Rename' }).click();
    assert.match(await page.locator('.mistake').innerText(), /display_name/);
    await page.getByText('Rename or delete').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor();
    assert.equal((await (await fetch(`${suite.base}/v1/savedSearches`)).json()).savedSearches, undefined);
    await page.close();
  });
}

test('a subscription is tried, made, delivers, and delivers again', async (t) => {
  const answer = await fetch(`${suite.base}/v1/subscriptions`);
  if (answer.status === 501) return t.skip('this notification service keeps no subscriptions');
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${suite.base}/subscriptions/new`);
  await page.getByLabel('Words, all of which occur').fill('harbour');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.locator('#dry-run').waitFor();
  assert.match(await page.locator('#dry-run').innerText(), /would have been sent/);
  assert.ok(await page.locator('#dry-run .near').count() > 0, 'samples');
  assert.ok(await page.locator('#dry-run svg.bars').count() > 0, 'a chart');
  assert.equal(await page.getByLabel('Words, all of which occur').inputValue(), 'harbour');
  await page.getByLabel('Address', { exact: true }).fill(receiver.uri);
  await page.getByLabel('Name', { exact: true }).fill('Harbour news');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await page.getByText('whsec_').waitFor();
  const secretPage = page.url();
  assert.doesNotMatch(secretPage, /whsec/);
  await suite.ingest('crane.txt', 'A New Crane for the Harbour\n\nPuerto Claro – The harbour gets a new crane in May, the Harbour Authority said. It lifts 40 tonnes.\n');
  await until(() => receiver.requests.some((request) => request.body.includes('A New Crane')), 'the webhook is called');
  const list = await (await fetch(`${suite.base}/v1/subscriptions`)).json();
  await until(async () => {
    await page.goto(`${suite.base}/${list.subscriptions[0].name}`);
    return await page.getByText('delivered').count() > 0;
  }, 'the delivery is listed');
  const before = receiver.requests.filter((request) => request.body.includes('A New Crane')).length;
  await page.locator('input[name=delivery]').first().check();
  await page.getByRole('button', { name: 'Send the chosen again' }).click();
  await page.getByText('on the way again').waitFor();
  await until(() => receiver.requests.filter((request) => request.body.includes('A New Crane')).length > before, 'it comes again');
  await page.close();
});
