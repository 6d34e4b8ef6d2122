// Pictures of every page: node test/e2e/shots.mjs FOLDER [page …] [--dark] [--narrow]
import { mkdirSync } from 'node:fs';
import { addresses, analysed, browse, serveDemo } from './served.mjs';

const [folder = 'shots', ...rest] = process.argv.slice(2);
const flags = rest.filter((it) => it.startsWith('--'));
const wanted = rest.filter((it) => !it.startsWith('--'));
mkdirSync(folder, { recursive: true });
const demo = process.env.CLUSTERIQ_URL ? { url: process.env.CLUSTERIQ_URL, stop() {} } : await serveDemo();
const browser = await browse();
try {
  await analysed(demo.url);
  const width = flags.includes('--narrow') ? 390 : 1280;
  const colorScheme = flags.includes('--dark') ? 'dark' : 'light';
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('console', (it) => ['error', 'warning'].includes(it.type()) && console.log(`${it.type()}: ${it.text()}`));
  page.on('pageerror', (it) => console.log(`page error: ${it}`));
  for (const [name, path] of Object.entries(await addresses(demo.url))) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await page.goto(demo.url + path);
    await page.waitForSelector('main h1');
    await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => {});
    await page.waitForTimeout(300);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) console.log(`${name}: ${over} pixels too wide`);
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: !flags.includes('--fold') });
  }
} finally {
  await browser.close();
  demo.stop();
}
