// Everything that one does often can be done by keys, and the theme is kept.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { asked, settled, site } from './site.mjs';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const it = site();
const palette = (page) => page.getByRole('dialog', { name: 'Search everything' });

/** What has the focus, in words that a failed test can show. */
const focus = (page) => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim()}`);

/** What axe finds serious in a part of a page. */
async function axe(page, part) {
  await page.evaluate(AXE);
  return page.evaluate(async (selector) => {
    const found = await globalThis.axe.run(selector, { resultTypes: ['violations'] });
    return found.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical').map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
  }, part);
}

for (const [which, fits] of [['that has recommendations', (one) => one.interest.recommendations > 0], ['without any', (one) => one.interest.recommendations === 0]]) {
  test(`Ctrl+K, the name of a job ${which} and Enter lead to its page`, it.on('/', {}, async (page) => {
    const { target, name } = (await it.get('/api/jobs?limit=200')).items.find(fits);
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    assert.match(await focus(page), /^INPUT /);
    const answer = page.waitForResponse((one) => new URL(one.url()).searchParams.get('q') === name);
    await page.keyboard.type(name);
    await answer;
    await palette(page).getByRole('option', { name: new RegExp(`^${name} ?job`) }).waitFor();
    assert.deepEqual(await axe(page, 'dialog.palette'), []);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== '/');
    assert.equal(new URL(page.url()).pathname, `/jobs/${target.id}`, 'the whole name of a job means the job');
    await settled(page);
    assert.deepEqual(asked(page), { workspace_id: [target.workspace_id] });
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    assert.equal(await palette(page).isVisible(), false);
  }));
}

test('Enter opens what fits the typed words, however slowly the answer comes', it.on('/', {}, async (page) => {
  const [one, other] = (await it.get('/api/jobs?limit=2')).items;
  await page.keyboard.press('Control+k');
  await page.keyboard.type(one.name);
  await palette(page).getByRole('option', { name: one.name }).first().waitFor();
  await page.route('**/api/search**', async (route) => {
    await new Promise((done) => setTimeout(done, 700));
    await route.continue();
  });
  await palette(page).getByRole('combobox').fill(other.name);
  await page.keyboard.press('Enter');
  // Either nothing is opened yet, or what was typed: never what was typed before.
  await page.waitForURL('**/jobs/**', { timeout: 2000 }).catch(() => {});
  assert.notEqual(new URL(page.url()).pathname, `/jobs/${one.target.id}`, 'the answer to the words before was opened');
}));

test('Esc closes the search and gives the focus back', it.on('/', {}, async (page) => {
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Costs' });
  await link.focus();
  const before = await focus(page);
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  await page.keyboard.press('Escape');
  await palette(page).waitFor({ state: 'hidden' });
  assert.equal(await focus(page), before);
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  assert.equal(await palette(page).getByRole('combobox').inputValue(), '', 'it begins anew');
}));

test('two keys lead to each page', it.on('/', {}, async (page) => {
  const to = { r: '/recommendations', j: '/jobs', c: '/clusters', m: '/costs', s: '/schedules', w: '/warehouses', d: '/data-quality', t: '/settings', o: '/' };
  for (const [key, path] of Object.entries(to)) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.waitForURL((url) => url.pathname === path);
    await settled(page);
  }
}));

test('two keys lead to a page while a scan tells of its progress', it.on('/', {}, async (page) => {
  let done = 0;
  await page.route('**/api/events', (route) => {
    done += 1;
    const data = JSON.stringify({ phase: 'reading', text: `table ${done}`, done, total: 1000 });
    return route.fulfill({ contentType: 'text/event-stream', body: `retry: 100\nevent: progress\ndata: ${data}\n\n` });
  });
  await page.reload();
  const scan = page.locator('.scan');
  await scan.waitFor();
  await settled(page);
  await page.keyboard.press('g');
  const before = await scan.innerText();
  await page.waitForFunction((text) => document.querySelector('.scan')?.textContent !== text, before);
  await page.keyboard.press('r');
  await page.waitForURL('**/recommendations', { timeout: 3000 });
}));

test('j, k and Enter walk through the rows and open one', it.on('/recommendations', {}, async (page) => {
  const { items } = await it.get('/api/recommendations?limit=3&sort=rank');
  for (const key of ['j', 'j', 'j', 'k']) {
    await page.keyboard.press(key);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  const row = page.locator('tbody tr[aria-current]');
  assert.equal(await row.getAttribute('data-index'), '1');
  assert.equal(await row.locator('td.main a').innerText(), items[1].title);
  assert.equal(await focus(page), `A ${items[1].title}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/recommendations/${items[1].id}`);
}));

test('j and k reach every row, and the row has the focus and is in sight', it.on('/jobs', {}, async (page) => {
  const { total } = await it.get('/api/jobs?limit=1');
  const steps = [...Array.from({ length: total + 1 }, (_, at) => ['j', Math.min(at, total - 1)]), ...Array.from({ length: total }, (_, at) => ['k', Math.max(0, total - 2 - at)])];
  for (const [key, row] of steps) {
    await page.keyboard.press(key);
    await page.waitForFunction((at) => document.activeElement?.closest('tr')?.dataset.index === at, String(row), { timeout: 3000 });
    const seen = await page.evaluate(() => {
      const { top, bottom } = document.activeElement.getBoundingClientRect();
      return top >= document.querySelector('header.top').getBoundingClientRect().bottom && bottom <= innerHeight;
    });
    assert.ok(seen, `after ${key} the link of row ${row} is under the header or out of sight`);
  }
}));

test('a question mark lists the keys, and Esc closes the list', it.on('/', {}, async (page) => {
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.waitFor();
  const text = await keys.innerText();
  for (const what of ['search everything', 'filter the list', 'next and previous row', 'go to Recommendations']) assert.ok(text.includes(what), what);
  assert.deepEqual(await axe(page, 'dialog[open]'), []);
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'hidden' });
}));

test('a slash puts the cursor into the filter, where keys are letters', it.on('/recommendations', {}, async (page) => {
  await page.keyboard.press('/');
  assert.match(await focus(page), /^INPUT Words that a recommendation must contain/);
  await page.keyboard.type('gr?jk');
  assert.equal(await page.getByRole('searchbox').inputValue(), 'gr?jk');
  await page.waitForURL(/q=gr/);
  assert.equal(new URL(page.url()).pathname, '/recommendations');
  assert.equal(await page.getByRole('dialog').count(), 0);
}));

test('Esc closes the menu of a filter and gives the focus back to its button', it.on('/recommendations', {}, async (page) => {
  const menu = page.getByRole('search').locator('details', { hasText: 'Risk' }).first();
  await menu.locator('summary').focus();
  await page.keyboard.press('Enter');
  await menu.locator('label').first().waitFor();
  assert.deepEqual(await axe(page, '.filters'), []);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  await menu.locator('label').first().waitFor({ state: 'hidden' });
  assert.match(await focus(page), /^SUMMARY/);
}));

test('the button of the theme changes the colours, and a reload keeps them', it.on('/', { colorScheme: 'light' }, async (page) => {
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const button = page.getByRole('button', { name: /^Colours:/ });
  const light = await colour();
  while (!(await button.getAttribute('aria-label')).includes('dark')) await button.click();
  const dark = await colour();
  assert.notEqual(dark, light);
  await page.reload();
  await settled(page);
  assert.equal(await colour(), dark);
  assert.match(await button.getAttribute('aria-label'), /dark/);
  await button.click();
  assert.equal(await colour(), light, 'the system’s colours again');
}));

test('the first Tab leads to a link that skips to the content', it.on('/', {}, async (page) => {
  await page.keyboard.press('Tab');
  assert.match(await focus(page), /Skip to the content/);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
}));
