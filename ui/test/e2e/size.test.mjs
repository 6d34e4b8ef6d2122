// A hundred thousand points and ten thousand rows, made up between the server and the page: few of them are in the page at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, site } from './site.mjs';

const POINTS = 100_000;
const ROWS = 10_000;
const PAGE = 200;
const it = site();

const json = (route, value) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(value) });

/** Minutes of seventy days, with a gap of a day. */
function minutes() {
  const of = (f) => Array.from({ length: POINTS }, (_, at) => (at > 50_000 && at < 51_440 ? null : f(at)));
  const wave = (at) => 0.5 + 0.45 * Math.sin(at / 200);
  const workers = of((at) => 2 + (Math.floor(at / 600) % 7));
  return {
    start_minute: 29_800_000, step_minutes: 1, length: POINTS, workers, cores: workers.map((one) => one && one * 4),
    cores_used: of((at) => wave(at) * 8), cpu: of(wave), busiest_cpu: of((at) => Math.min(1, wave(at) * 1.2)), memory: of((at) => wave(at + 90)),
    io_wait: of((at) => wave(at) / 50), driver_cpu: of((at) => wave(at) / 4), driver_memory: of(() => 0.4), network_mb: of((at) => wave(at) * 50),
  };
}

/** How many different colours a canvas has: one where nothing was drawn. */
const colours = (canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) found.add((data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3]);
  return found.size;
};

test('a hundred thousand points are drawn, and few elements are needed for them', it.on('/', {}, async (page, faults) => {
  const body = JSON.stringify(minutes());
  await page.route('**/api/clusters/*/metrics**', (route) => route.fulfill({ contentType: 'application/json', body }));
  await page.goto(it.at.cluster);
  await page.locator('.uplot canvas').first().waitFor();
  await settled(page);
  assert.equal(await page.locator('.uplot canvas').count(), 5);
  for (const canvas of await page.locator('.uplot canvas').all()) assert.ok((await canvas.evaluate(colours)) > 3, 'something is drawn');
  const elements = await page.evaluate(() => document.querySelectorAll('body *').length);
  assert.ok(elements < 3000, `${elements} elements`);
  await page.getByRole('button', { name: 'Show as table' }).first().click();
  const rows = await page.locator('figure').first().locator('tbody tr').count();
  assert.ok(rows > 100 && rows <= 200, `${rows} rows`);
  assert.ok((await page.locator('figure').first().innerText()).includes('of 100000 points') || (await page.locator('figure').first().innerText()).includes('of 100,000 points'));
  assert.deepEqual(faults, []);
}));

test('of ten thousand rows fewer than eighty are in the page, down to the last', it.on('/', {}, async (page, faults) => {
  const real = await it.get('/api/jobs?limit=1');
  const row = (at) => ({ ...real.items[0], name: `job ${at}`, target: { ...real.items[0].target, id: String(at), name: `job ${at}` } });
  const questions = [];
  await page.route((url) => url.pathname === '/api/jobs', (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    questions.push(from);
    const items = Array.from({ length: Math.min(PAGE, ROWS - from) }, (_, at) => row(from + at));
    return json(route, { ...real, items, total: ROWS, next: from + PAGE < ROWS ? String(from + PAGE) : null });
  });
  await page.goto('/jobs');
  await settled(page);
  assert.match(await page.locator('.table-foot').innerText(), /^10,000 jobs, 200 loaded/);
  let most = 0;
  const last = page.locator(`tbody tr[data-index="${ROWS - 1}"]`);
  for (let turn = 0; turn < 2000 && (await last.count()) === 0; turn += 1) {
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    most = Math.max(most, await page.locator('tbody tr').count());
  }
  assert.equal(await last.count(), 1, 'the last row can be reached');
  assert.equal(await last.locator('td.main a').innerText(), `job ${ROWS - 1}`);
  assert.equal(await last.getAttribute('aria-rowindex'), String(ROWS + 1));
  assert.ok(most < 80, `${most} rows were in the page`);
  assert.deepEqual(questions, Array.from({ length: ROWS / PAGE }, (_, at) => at * PAGE), 'each page was asked for once, in order');
  // And up again: rows stand where they stood.
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.locator('tbody tr[data-index="0"]').waitFor();
  assert.ok((await page.locator('tbody tr').count()) < 80);
  assert.deepEqual(faults, []);
}));

test('a page of rows that does not come is told, and is not asked for without end', it.on('/', {}, async (page) => {
  const real = await it.get('/api/jobs?limit=1');
  const row = (at) => ({ ...real.items[0], name: `job ${at}`, target: { ...real.items[0].target, id: String(at), name: `job ${at}` } });
  let refused = 0;
  await page.route((url) => url.pathname === '/api/jobs', (route) => {
    if (new URL(route.request().url()).searchParams.has('cursor')) {
      refused += 1;
      return route.fulfill({ status: 400, contentType: 'application/json', body: JSON.stringify({ status: 400, code: 'invalid', message: 'the cursor is of another analysis', hint: 'ask anew' }) });
    }
    return json(route, { ...real, items: Array.from({ length: PAGE }, (_, at) => row(at)), total: ROWS, next: '200' });
  });
  await page.goto('/jobs');
  await settled(page);
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await page.waitForTimeout(2000);
  assert.ok(refused >= 1 && refused <= 6, `asked ${refused} times`);
  await page.getByRole('alert').waitFor({ timeout: 3000 });
}));
