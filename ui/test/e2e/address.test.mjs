// The address is the state: filters, sorting and workspaces are in it, survive a reload, go to the server, and give the CSV its rows.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { asked, settled, site } from './site.mjs';

const it = site();
const LIST = '/api/recommendations';

/** Waits for the answer to a question with these parameters. */
const answered = (page, path, wanted) =>
  page.waitForResponse((one) => {
    const to = new URL(one.url());
    return to.pathname === path && Object.entries(wanted).every(([name, value]) => to.searchParams.getAll(name).join() === value);
  });

/** Opens a facet's menu and ticks a value. */
async function tick(page, title, label) {
  const menu = page.getByRole('search').locator('details', { has: page.locator('summary', { hasText: new RegExp(`^${title}`) }) });
  await menu.locator('summary').click();
  await menu.locator('label', { hasText: label }).first().locator('input').check();
}

/** Rows of a CSV, which may have line ends within quotes. */
const rowsOf = (text) => text.replace(/"(?:[^"]|"")*"/g, '""').split('\n').filter((line) => line.trim() !== '').length;

/** The risk of which there are some and not all. */
async function someRisk() {
  const all = await it.get(`${LIST}?limit=1`);
  const risk = all.facets.risk.find((one) => one.count > 0 && one.count < all.total);
  assert.ok(risk, 'the demo has recommendations of several risks');
  return risk;
}

const foot = (page) => page.locator('.table-foot').innerText();

test('a filter is in the address, goes to the server and survives a reload', it.on('/recommendations', {}, async (page) => {
  const risk = await someRisk();
  const answer = answered(page, LIST, { risk: risk.value });
  await tick(page, 'Risk', risk.label);
  assert.equal((await (await answer).json()).total, risk.count);
  assert.deepEqual(asked(page), { risk: [risk.value] });
  await page.waitForFunction((count) => document.querySelector('.table-foot')?.textContent?.startsWith(`${count} `), String(risk.count));
  await page.reload();
  await settled(page);
  assert.deepEqual(asked(page), { risk: [risk.value] });
  assert.match(await foot(page), new RegExp(`^${risk.count} recommendation`));
  await page.getByRole('button', { name: `Remove Risk ${risk.label}` }).click();
  await page.waitForURL((url) => url.search === '');
}));

test('a filter of two values is both in the address', it.on('/jobs', {}, async (page) => {
  const { facets } = await it.get('/api/jobs?limit=1');
  const [one, other] = facets.class;
  await tick(page, 'Class', one.label);
  await page.getByRole('search').locator('label', { hasText: other.label }).first().locator('input').check();
  await page.waitForURL((url) => url.searchParams.getAll('class').length === 2);
  await page.waitForFunction((count) => document.querySelector('.table-foot')?.textContent?.startsWith(`${count} `), String(one.count + other.count));
}));

test('a column sorts at the server, says so, and keeps its place in the address', it.on('/recommendations', {}, async (page) => {
  const column = page.locator('th', { has: page.getByRole('button', { name: 'Saves a month' }) });
  assert.equal(await column.getAttribute('aria-sort'), null);
  const falling = answered(page, LIST, { sort: '-savings' });
  await column.getByRole('button').click();
  const { items } = await (await falling).json();
  await page.locator('th[aria-sort="descending"]', { hasText: 'Saves a month' }).waitFor();
  await page.waitForFunction((title) => document.querySelector('tbody tr[data-index="0"] a')?.textContent === title, items[0].title);
  const rising = answered(page, LIST, { sort: 'savings' });
  await column.getByRole('button').click();
  await rising;
  await page.locator('th[aria-sort="ascending"]', { hasText: 'Saves a month' }).waitFor();
  assert.deepEqual(asked(page), { sort: ['savings'] });
  await page.reload();
  await settled(page);
  assert.equal(await column.getAttribute('aria-sort'), 'ascending');
}));

test('back leads from a page to the list as it was filtered, and from there to where one came from', it.on('/', {}, async (page) => {
  const risk = await someRisk();
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Recommendations' }).click();
  await page.waitForURL('**/recommendations');
  await settled(page);
  await tick(page, 'Risk', risk.label);
  await page.waitForURL(/risk=/);
  const filtered = page.url();
  await page.keyboard.press('Escape');
  await page.locator('tbody tr[data-index="0"] td.main a').click();
  await page.waitForURL(/\/recommendations\/.+/);
  await settled(page);
  await page.goBack();
  await page.waitForURL(filtered);
  await settled(page);
  assert.match(await foot(page), new RegExp(`^${risk.count} recommendation`));
  await page.goBack();
  await page.waitForURL((url) => url.pathname === '/' && url.search === '');
  await settled(page);
  assert.equal(await page.locator('h1').innerText(), 'Overview');
}));

test('the CSV has exactly the rows that are shown', it.on('/recommendations', {}, async (page) => {
  const risk = await someRisk();
  await tick(page, 'Risk', risk.label);
  await page.waitForURL(/risk=/);
  await page.keyboard.press('Escape');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  assert.match(download.suggestedFilename(), /\.csv$/);
  const text = await readFile(await download.path(), 'utf8');
  assert.equal(rowsOf(text), risk.count + 1, 'a line of names, and a line a row');
}));

test('the words that are typed filter and are in the address', it.on('/jobs', {}, async (page) => {
  const { name } = (await it.get('/api/jobs?limit=1')).items[0];
  const { total } = await it.get(`/api/jobs?limit=1&q=${encodeURIComponent(name)}`);
  await page.getByRole('searchbox').fill(name);
  await page.waitForURL((url) => url.searchParams.get('q') === name);
  await page.waitForFunction((count) => document.querySelector('.table-foot')?.textContent?.startsWith(`${count} `), String(total));
}));

test('a column that is hidden stays hidden after a reload', it.on('/jobs', {}, async (page) => {
  await page.getByRole('search').locator('summary', { hasText: 'Columns' }).click();
  await page.getByRole('search').locator('label', { hasText: 'Median run' }).locator('input').uncheck();
  await page.waitForURL(/hide=duration/);
  await page.reload();
  await settled(page);
  assert.equal(await page.locator('th', { hasText: 'Median run' }).count(), 0);
}));

test('a workspace that is chosen applies to every page that is opened from there', it.on('/', {}, async (page) => {
  const { analysis } = await it.get('/api/status');
  const jobs = await it.get('/api/jobs?limit=1');
  const one = analysis.workspaces.find((some) => jobs.facets.workspace.some((value) => value.value === some.id && value.count < jobs.total));
  assert.ok(one, 'the demo has jobs in several workspaces');
  await page.locator('.facts summary').click();
  const answer = answered(page, '/api/overview', { workspace: one.id });
  await page.locator('.facts label', { hasText: one.name }).locator('input').check();
  await answer;
  await page.keyboard.press('Escape');
  const pages = { Jobs: '/api/jobs', Recommendations: LIST, Clusters: '/api/clusters', Costs: '/api/costs', Schedules: '/api/schedules', Warehouses: '/api/warehouses' };
  for (const [title, path] of Object.entries(pages)) {
    // What was fetched already, when the pointer came near, needs no second question.
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).click();
    await page.waitForURL((url) => url.pathname !== '/' && url.searchParams.get('workspace') === one.id);
    await page.locator('h1', { hasText: title }).waitFor();
    await settled(page);
    const sent = await page.evaluate((start) => performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => new URL(name).pathname === start), path);
    assert.ok(sent.length > 0, `${title} asked ${path}`);
    for (const name of sent) assert.deepEqual(new URL(name).searchParams.getAll('workspace'), [one.id], name);
  }
  const { total } = await it.get(`/api/jobs?limit=1&workspace=${one.id}`);
  await page.goto(`/jobs?workspace=${one.id}`);
  await settled(page);
  assert.match(await foot(page), new RegExp(`^${total} job`));
}));

test('a workspace stays chosen when one looks at a single thing and goes on to another page', it.on('/', {}, async (page) => {
  const { workspace_id } = (await it.get(`${LIST}?limit=1`)).items[0].target;
  await page.goto(`/recommendations?workspace=${workspace_id}`);
  await settled(page);
  await page.locator('tbody tr[data-index="0"] td.main a').click();
  await page.waitForURL(/\/recommendations\/.+/);
  await settled(page);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Jobs' }).click();
  await page.waitForURL(/\/jobs/);
  assert.deepEqual(asked(page).workspace, [workspace_id]);
}));
