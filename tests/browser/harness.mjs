// What browser tests share: a plain file server (any folder, any prefix, no logic) and a Chromium.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const dist = process.env.KUBEGLASS_DIST ?? join(root, 'dist');

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml', '.json': 'application/json', '.webmanifest': 'application/manifest+json',
};

/** Serves `folder` under `prefix` on a free port: `{ url, close, requests }`. */
export async function serve(folder = dist, prefix = '/some/sub/folder/') {
  if (!existsSync(join(folder, 'index.html'))) throw new Error(`${folder} has no index.html: run \`cargo xtask build\` first`);
  const requests = [];
  const server = createServer(async (req, res) => {
    const path = decodeURIComponent(new URL(req.url, 'http://x').pathname);
    requests.push(path);
    if (!path.startsWith(prefix)) { res.writeHead(404).end(); return; }
    const inside = normalize(path.slice(prefix.length)) || '.';
    const file = join(folder, inside === '.' || inside.endsWith('/') ? join(inside, 'index.html') : inside);
    try {
      const body = await readFile(file);
      res.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
      res.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    requests,
    close: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }),
  };
}

/** A Chromium without network services of its own. */
export function browser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page at `url`; everything that the console or the policy complains of is collected in `page.complaints`. */
export async function open(b, url, options = {}) {
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.foreign = [];
  page.on('console', (m) => { if (m.type() === 'error') page.complaints.push(m.text()); });
  page.on('pageerror', (e) => page.complaints.push(String(e)));
  const home = new URL(url).origin;
  page.on('request', (r) => { if (!r.url().startsWith(home) && !/^(data|blob):/.test(r.url())) page.foreign.push(r.url()); });
  await page.goto(url);
  await page.waitForSelector('#workbench');
  return page;
}

/** Types a line at the terminal's prompt and waits until it has run. */
export async function line(page, text) {
  await page.locator('#prompt').fill(text);
  await page.locator('#prompt').press('Enter');
  await idle(page);
}

/** Waits until no command runs. */
export async function idle(page) {
  await page.waitForTimeout(60);
  await page.waitForSelector('#workbench[aria-busy="false"]', { timeout: 60_000 });
  await page.waitForSelector('#stop', { state: 'detached', timeout: 60_000 });
}

/** Waits until so many Pods run whose names begin so. */
export function podsRun(page, count, name = '') {
  const pods = `#stage g[role=button][aria-label^="Pod ${name}"][aria-label*="Running"]`;
  return page.waitForFunction(([pods, count]) => document.querySelectorAll(pods).length === count, [pods, count], { timeout: 20_000 });
}

/** The middle of all that is painted on the dots' canvas, as a point of the page; null for nothing. */
export const painted = (page) => page.evaluate(() => {
  const c = document.querySelector('#dots');
  const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
  let n = 0, x = 0, y = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) { const p = (i - 3) / 4; n++; x += p % c.width; y += Math.floor(p / c.width); }
  const box = c.getBoundingClientRect();
  return n ? { x: box.x + x / n * box.width / c.width, y: box.y + y / n * box.width / c.width } : null;
});

/** The terminal's text. */
export const printed = (page) => page.locator('#printed').innerText();

/** KB (1,024 bytes) of a file of the site under brotli. */
export async function weigh(name) {
  return brotliCompressSync(await readFile(join(dist, name))).length / 1024;
}

/**
 * What a first visit loads while nobody touches the page: `{ files, first, editor }`, the latter two in KB under brotli.
 * The service worker fetches the whole site for later use once the page works; that isn't part of it.
 */
export async function firstVisit(b, site) {
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  const files = new Set();
  page.on('response', (r) => files.add(new URL(r.url()).pathname.slice(new URL(site.url).pathname.length) || 'index.html'));
  await page.goto(site.url);
  await page.waitForSelector('#editor-host:not([hidden])');
  await page.waitForTimeout(5_000);
  await context.close();
  let [first, editor] = [0, 0];
  for (const f of files) {
    if (f.includes('editor')) editor += await weigh(f);
    else first += await weigh(f);
  }
  return { files: [...files], first, editor };
}
