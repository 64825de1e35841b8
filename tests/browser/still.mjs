// A page whose clock stands until a test lets it go on: what happened is then a function of what was done, frame for
// frame, on any machine. The cluster's seed is fixed and the fonts are brought along, so the same deeds give the same
// pixels.
import { join } from 'node:path';
import { root } from './harness.mjs';

/** Milliseconds after the start at which every such page is handed over. */
const READY_MS = 3_000;
/** The fonts: family, weight, file. */
const FONTS = [
  ['Sans', 400, 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf'], ['Sans', 700, 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'],
  ['Mono', 400, 'dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf'], ['Mono', 700, 'dejavu-fonts-ttf/ttf/DejaVuSansMono-Bold.ttf'],
  ['Hangul', 400, '@fontsource/nanum-gothic/files/nanum-gothic-korean-400-normal.woff2'],
  ['Hangul', 700, '@fontsource/nanum-gothic/files/nanum-gothic-korean-700-normal.woff2'],
];

/** Gives pages of a context these fonts. The page's policy lets none come as files, so they come as data. */
async function dress(context, url) {
  const at = new URL('still-fonts/', url).href;
  await context.route(`${at}*`, (route) => route.fulfill({ path: join(root, 'node_modules', FONTS[Number(route.request().url().slice(at.length))][2]) }));
  await context.addInitScript(([fonts, base]) => {
    globalThis.dressed = Promise.all(fonts.map(async ([family, weight], i) => {
      const data = await (await fetch(base + i)).arrayBuffer();
      document.fonts.add(await new FontFace(family, data, { weight: String(weight) }).load());
    }));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':root:root { --sans: Sans, Hangul; --mono: Mono, Hangul; }');
    document.adoptedStyleSheets = [sheet];
  }, [FONTS, at]);
}

/** A page at `url` with everything loaded; `page.pass(ms)` lets time pass, `page.type(line)` runs a command. */
export async function still(b, url, options = {}) {
  const { before, ...rest } = options;
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', serviceWorkers: 'block', ...rest });
  await context.clock.install({ time: 0 });
  await context.clock.pauseAt(1_000);
  await dress(context, url);
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (m) => { if (m.type() === 'error') page.complaints.push(m.text()); });
  page.on('pageerror', (e) => page.complaints.push(String(e)));
  Object.assign(page, { pass: (ms) => page.clock.runFor(ms), settle: () => settle(page), type: (text) => type(page, text), go: (pane) => go(page, pane) });
  await page.goto(url);
  await page.evaluate(() => globalThis.dressed);
  await page.waitForSelector('#workbench');
  await page.mouse.move(5, 5);
  await until(page, () => document.querySelector('#editor-host')?.hidden === false && document.querySelector('#workbench').ariaBusy === 'false');
  await page.pass(READY_MS - await page.evaluate(() => performance.now()));
  return page;
}

/** Lets frames pass until something is so that the network brings; how many it takes is of no consequence. */
async function until(page, is) {
  for (let i = 0; i < 500; i++) {
    if (await page.evaluate(is)) return;
    await page.pass(2);
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error(`never so: ${is}`);
}

/** Until no command runs, and on to the next full second: a busy machine may see the end a moment later. */
async function settle(page) {
  const runs = () => page.evaluate(() => document.querySelector('#workbench').ariaBusy === 'true' || !!document.querySelector('#stop'));
  for (let i = 0; i < 1_000; i++) {
    await page.pass(50);
    if (!(await runs())) break;
  }
  if (await runs()) throw new Error('a command does not end');
  await page.pass(1_000 - await page.evaluate(() => performance.now()) % 1_000);
}

/** Shows a pane, where only one is shown at a time. */
async function go(page, pane) {
  const tab = page.locator(`#pane-${pane}`);
  if (await tab.isVisible()) await tab.click();
}

/** Runs a command in the terminal, and shows the stage again. */
async function type(page, text) {
  await go(page, 'terminal');
  await page.locator('#prompt').fill(text);
  await page.locator('#prompt').press('Enter');
  await settle(page);
  await go(page, 'stage');
}
