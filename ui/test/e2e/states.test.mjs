// What one sees before there is anything, when something is not there, and when the server is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analysed, serveDemo } from './served.mjs';
import { newPage, settled, site } from './site.mjs';

const it = site();
/** Small, where only its end matters. */
const SMALL = ['--days', '7', '--clusters', '12'];

/** A demo of a test's own, which it may stop. */
const withDemo = (more, run) => async () => {
  const demo = await serveDemo(more);
  try {
    const { page, faults, close } = await newPage(it.browser, demo.url);
    await run(page, demo, faults);
    await close();
  } finally {
    demo.stop();
  }
};

const alert = (page) => page.getByRole('alert');

test('the first page stands before the scan has ended, and fills by itself', withDemo([], async (page, demo, faults) => {
  await page.goto('/');
  const { scan } = await (await fetch(`${demo.url}/api/status`)).json();
  assert.ok(scan.running, 'the page was open before the scan ended');
  await page.getByRole('heading', { level: 1, name: 'Reading your workspaces' }).waitFor();
  await page.evaluate(() => { window.same = true; });
  const said = page.locator('main p[role=status]');
  const first = await said.innerText();
  assert.match(first, /\S/);
  await page.waitForFunction((text) => document.querySelector('main p[role=status]')?.textContent !== text, first);
  assert.ok(await page.locator('main progress').isVisible());
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor({ timeout: 120_000 });
  await settled(page);
  assert.equal(await page.evaluate(() => window.same), true, 'the page was not loaded anew');
  assert.equal(await page.locator('a.tile').count(), 4);
  // The end of the scan may be told a moment after its first results.
  await page.locator('.facts .scan').waitFor({ state: 'hidden', timeout: 60_000 });
  // A page that does not know yet whether there is an analysis asks for one, and is told that there is none.
  assert.deepEqual(faults.filter((one) => !/409 \(Conflict\).*\/api\/overview/.test(one)), []);
}));

test('things that are not there are told with a message, a hint and a code', it.on('/', {}, async (page) => {
  for (const path of ['/recommendations/nope', '/jobs/nope', '/clusters/nope', '/warehouses/nope']) {
    const { message, hint, code } = await it.get(`/api${path}`);
    await page.goto(path);
    await alert(page).waitFor();
    const text = await alert(page).innerText();
    for (const part of [message, hint, `code: ${code}`]) assert.ok(part && text.includes(part), `${path} says “${part}”: ${text}`);
    assert.ok(await page.getByRole('navigation', { name: 'Pages' }).isVisible(), 'one can go elsewhere');
  }
}));

test('an address that is no page says so', it.on('/', {}, async (page) => {
  await page.goto('/there/is/no/such');
  await page.getByText('There is no such page.').waitFor();
  await page.getByRole('link', { name: 'To the overview' }).click();
  await page.locator('a.tile').first().waitFor();
}));

test('when the server is gone, what was read stays, and a new question says why there is no answer', withDemo(SMALL, async (page, demo) => {
  await analysed(demo.url);
  await page.goto('/jobs');
  await settled(page);
  const rows = await page.locator('tbody tr[data-index]').count();
  demo.stop();
  await page.getByRole('searchbox').fill('a');
  await alert(page).first().waitFor({ timeout: 30_000 });
  const text = await alert(page).first().innerText();
  for (const part of ['the server cannot be reached', 'clusteriq serve', 'code: unreachable']) assert.ok(text.includes(part), text);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.locator('tbody tr[data-index]').first().waitFor();
  assert.equal(await page.locator('tbody tr[data-index]').count(), rows, 'the rows of the question before are still known');
}));

test('when the server is gone, a question that fails does not take the old rows and the title away', withDemo(SMALL, async (page, demo) => {
  await analysed(demo.url);
  await page.goto('/jobs');
  await settled(page);
  demo.stop();
  await page.locator('th').getByRole('button', { name: 'Runs' }).click();
  await alert(page).first().waitFor({ timeout: 30_000 });
  assert.equal(await page.locator('h1').count(), 1, 'the title');
  assert.ok((await page.locator('tbody tr[data-index]').count()) > 0, 'rows, and a header by which to sort as before');
}));

test('when the server is gone, a page whose script is not there yet says so and the frame stays', withDemo(SMALL, async (page, demo) => {
  await analysed(demo.url);
  await page.goto('/');
  await settled(page);
  demo.stop();
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Costs' }).click();
  await alert(page).first().waitFor({ timeout: 15_000 });
  assert.ok(await page.getByRole('navigation', { name: 'Pages' }).isVisible());
}));
