// Parts the app's wasm in two (see xtask/src/split): lets a page run in Chromium and sees which functions it needs until
// somebody acts. Without a Chromium, nothing is parted: the page works the same and loads more at first.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { transform } from 'esbuild';

const CHROMIUM = '/usr/bin/chromium';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
const FEATURES = ['bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types', 'multivalue'];
// What was found to give the fewest bytes under brotli.
const SMALL = ['--strip-debug', '-Oz', '--local-cse', '--one-caller-inline-max-function-size=40', '-Oz'];
// What a visitor may have before doing anything: size, language, the parameters of an embed.
const VISITS = [
  { width: 1440, height: 900, locale: 'en-US', query: '' },
  { width: 390, height: 844, locale: 'ko-KR', query: '' },
  { width: 360, height: 480, locale: 'en-US', query: '?embed' },
  // Has been here before: waits for the rest before anything is shown.
  { width: 1440, height: 900, locale: 'en-US', query: '', kept: true },
];

// How many times slower the machine is: what meets by chance in one frame, as two renderings of a part, differs with it.
const PACES = [1, 1, 2, 5, 12];

/** The page, told where the rest lies. */
export function restLies(html, file) {
  const told = html.replace(/<div id="?app"?/, `$& data-rest="./${file}"`);
  if (told === html) throw new Error('index.html has no place for the app');
  return told;
}

const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

/** Parts the one wasm in `dist` and makes it small; gives the name of the file with the rest, if there is one. */
export async function part(dist) {
  const name = readdirSync(dist).find((f) => f.endsWith('_bg.wasm'));
  const whole = join(dist, name);
  const glue = join(dist, name.replace('_bg.wasm', '.js'));
  const files = [whole];
  let rest;
  if (existsSync(CHROMIUM)) {
    const target = process.env.CARGO_TARGET_DIR ?? 'target';
    const [marked, ran] = [join(target, 'marked.wasm'), join(target, 'ran.txt')];
    rest = name.replace('_bg.wasm', '_rest.wasm');
    run('cargo', 'xtask', 'mark', whole, marked);
    writeFileSync(ran, (await functionsThatRan(dist, name, marked)).join('\n'));
    const linked = join(target, 'wasm32-unknown-unknown/wasm-release/kubeglass.wasm');
    run('cargo', 'xtask', 'split', linked, whole, glue, ran, join(dist, rest));
    files.push(join(dist, rest));
  } else {
    console.log(`${CHROMIUM} is not there: the wasm is not parted, and a first visit loads all of it`);
  }
  for (const file of files) {
    run('node', 'node_modules/binaryen/bin/wasm-opt', ...SMALL, ...FEATURES.map((f) => `--enable-${f}`), file, '-o', file);
  }
  const { code } = await transform(readFileSync(glue, 'utf8'), { format: 'esm', minify: true, target: 'es2022' });
  writeFileSync(glue, code);
  return rest;
}

async function functionsThatRan(dist, name, marked) {
  const { chromium } = await import('playwright-core');
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname.slice(1) || 'index.html';
    // The rest never comes: what waits for it doesn't run.
    if (path === 'rest') return;
    const file = path === name ? marked : join(dist, path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    const body = path === 'index.html' ? restLies(readFileSync(file, 'utf8'), 'rest') : readFileSync(file);
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  const ran = new Set();
  try {
    for (const [round, pace] of PACES.entries()) {
      // The first round stays for a while of the cluster's life.
      const stay = round === 0 ? 12_000 : 4_000;
      const visits = VISITS.map((v) => ranIn(browser, `http://127.0.0.1:${server.address().port}/${v.query}`, v, pace, stay));
      for (const list of await Promise.all(visits)) for (const f of list) ran.add(f);
    }
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
  return [...ran].sort((a, b) => a - b);
}

async function ranIn(browser, url, { width, height, locale, kept }, pace, stay) {
  const context = await browser.newContext({ viewport: { width, height }, locale, serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.addInitScript(() => addEventListener('TrunkApplicationStarted', (e) => { window.started = e.detail.wasm; }));
  if (kept) await page.addInitScript(() => localStorage.setItem('kubeglass.inputs', '{}'));
  await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: pace });
  await page.goto(url);
  await page.waitForFunction(() => window.started, { polling: 100 });
  if (!kept) await page.waitForSelector('#workbench');
  // What a visitor may do first comes as far as waiting for the rest, but for what is typed in the editor, which is kept
  // at once, as it is when the page is left.
  await page.waitForTimeout(kept ? 500 : stay);
  await page.mouse.move(width / 2, height / 2);
  for (const kind of ['.cm-content', 'textarea', 'input']) {
    for (const field of await page.locator(`${kind}:visible`).all()) {
      await field.focus();
      await page.keyboard.type('# ');
      await page.keyboard.press('Enter');
    }
  }
  await page.keyboard.press('Escape');
  for (const list of await page.locator('select:visible').all()) await list.dispatchEvent('change');
  // Those that are there now: a click may take others away.
  await page.evaluate(() => {
    const all = [...document.querySelectorAll('button, [role=button]')].filter((button) => button.checkVisibility());
    for (const button of all) button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  });
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    dispatchEvent(new Event('pagehide'));
  });
  await page.waitForTimeout(300);
  const ran = await page.evaluate(() => Object.entries(window.started)
    .filter(([key, flag]) => /^ran\d+$/.test(key) && flag.value).map(([key]) => Number(key.slice(3))));
  await context.close();
  return ran;
}
