// The demo, served by the real binary, and a real Chromium that looks at it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const root = new URL('../../../', import.meta.url).pathname;

/** The binary that was asked for, else the newest build. */
function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const all = [process.env.CLUSTERIQ_BINARY, join(target, 'debug', 'clusteriq'), join(target, 'release', 'clusteriq')];
  const found = all.find((it) => it && existsSync(it));
  if (!found) throw new Error('there is no binary to test: run `cargo build -p clusteriq` first');
  return found;
}

/** Starts the demo on a free port; gives its address and a way to end it. */
export async function serveDemo(more = []) {
  const out = mkdtempSync(join(tmpdir(), 'clusteriq-e2e-'));
  const args = ['demo', '--port', '0', '--no-open', '--out', out, ...more];
  const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((found, failed) => {
    let text = '';
    child.stdout.on('data', (it) => {
      text += it;
      const address = /http:\/\/[0-9.]+:\d+/.exec(text)?.[0];
      if (address) found(address);
    });
    child.on('exit', (code) => failed(new Error(`the demo ended with ${code}: ${text}`)));
  });
  const stop = () => {
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    rmSync(out, { recursive: true, force: true });
  };
  return { url, stop };
}

/** Waits until there is an analysis. */
export async function analysed(url) {
  for (;;) {
    const it = await (await fetch(`${url}/api/status`)).json();
    if (it.scan.last && !it.scan.last.ok) throw new Error(`the scan failed: ${it.scan.last.message}`);
    if (it.analysis && !it.scan.running) return it;
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** Debian's Chromium, or the one that is named. */
export const browse = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });

/** An address of every page, with things that are in the demo. */
export async function addresses(url) {
  const get = async (path) => (await fetch(url + path)).json();
  const first = async (path) => (await get(`${path}?limit=1`)).items[0];
  const which = (it) => `${it.target.id}?workspace_id=${it.target.workspace_id}`;
  const jobs = await get('/api/recommendations?kind=job&advisor=too-many-workers&limit=1');
  return {
    overview: '/',
    recommendations: '/recommendations',
    recommendation: `/recommendations/${jobs.items[0].id}`,
    jobs: '/jobs',
    job: `/jobs/${which(await first('/api/jobs'))}`,
    clusters: '/clusters',
    cluster: `/clusters/${which(await first('/api/clusters'))}`,
    costs: '/costs',
    schedules: '/schedules',
    warehouses: '/warehouses',
    warehouse: `/warehouses/${which(await first('/api/warehouses'))}`,
    'data-quality': '/data-quality',
    settings: '/settings',
    api: '/api-reference',
  };
}
