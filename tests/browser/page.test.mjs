// The page as a visitor meets it: policy, no foreign requests, languages, offline, embedding, what is kept.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { browser, firstVisit, idle, line, open, printed, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

test('the policy is strict, it holds, and nothing asks another origin', async () => {
  const page = await open(b, site.url);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-[A-Za-z0-9+/=]+'; style-src 'self';/);
  assert.ok(!/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*|https?:/.test(policy), policy);
  await page.waitForSelector('#editor-host:not([hidden])');
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.foreign, []);
  await page.context().close();
});

test('what was typed survives a reload, and the cluster is rebuilt to the byte', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await page.waitForTimeout(2_500);
  await line(page, 'kubectl get pods -o wide --no-headers | cut -c 1-16');
  await line(page, "kubectl get pods,svc -o jsonpath='{.items[*].metadata.uid}'");
  await page.locator('#play').click();
  const was = await printed(page);
  await page.waitForTimeout(1_500);
  await page.reload();
  await page.waitForSelector('#workbench');
  await idle(page);
  assert.equal(await printed(page), was);
  const uids = was.trim().split('\n').at(-1);
  await page.locator('#play').click();
  await line(page, "kubectl get pods,svc -o jsonpath='{.items[*].metadata.uid}'");
  assert.equal((await printed(page)).trim().split('\n').at(-1), uids);
  await page.context().close();
});

test('time that passed, speed and pause outlive a reload', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await page.locator('#speed').selectOption('20');
  const seconds = () => page.locator('#workbench').getAttribute('data-clock').then((c) => Number(c) / 10);
  await page.waitForFunction(() => Number(document.querySelector('#workbench').dataset.clock) > 400);
  await page.locator('#play').click();
  const was = await seconds();
  await page.reload();
  await page.waitForSelector('#workbench');
  await idle(page);
  assert.ok(Math.abs(await seconds() - was) < 1, `${await seconds()} s, as ${was} s before`);
  assert.equal(await page.locator('#speed').inputValue(), '20');
  assert.equal(await page.locator('#play').getAttribute('aria-label'), 'Play');
  await page.context().close();
});

test('edits are kept from keystroke to reload', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await page.waitForSelector('#editor-host:not([hidden])');
  await page.locator('#editor-host .cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('# 한글 메모');
  await page.waitForTimeout(300);
  await page.reload();
  await page.waitForSelector('#editor-host:not([hidden])');
  assert.match(await page.locator('#editor-host .cm-content').innerText(), /# 한글 메모/);
  await page.context().close();
});

test('after one visit it works without network', async () => {
  const own = await serve();
  const context = await b.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(own.url);
  await page.waitForSelector('#workbench');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => new Promise((done) => {
    if (navigator.serviceWorker.controller) done();
    else navigator.serviceWorker.addEventListener('controllerchange', () => done());
  })));
  await own.close();
  await context.setOffline(true);
  await page.reload();
  await page.waitForSelector('#workbench');
  await page.waitForSelector('#editor-host:not([hidden])');
  await line(page, 'kubectl get nodes');
  assert.match(await printed(page), /control-plane +Ready/);
  await page.goto(`${own.url}?embed&lang=en`);
  await page.waitForSelector('#workbench.embed');
  await context.close();
});

test('a docs page of another origin embeds it twice; focus and scroll stay the page’s', async () => {
  const docs = createServer((_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Chapter</title>
    <p id="first" tabindex="0">One</p><iframe title="a" width="360" height="480" src="${site.url}?embed&lang=en"></iframe>
    <p>${'Text. '.repeat(4_000)}</p><iframe title="b" width="360" height="480" src="${site.url}?embed&lang=ko&theme=dark&panes=stage,terminal"></iframe>`));
  await new Promise((done) => docs.listen(0, '127.0.0.1', done));
  const context = await b.newContext({ viewport: { width: 900, height: 700 } });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${docs.address().port}/`);
  await page.locator('#first').focus();
  const [a, c] = [page.frameLocator('iframe[title=a]'), page.frameLocator('iframe[title=b]')];
  await a.locator('#workbench.embed').waitFor();
  await c.locator('#workbench.embed').waitFor({ state: 'attached' });
  await page.waitForTimeout(800);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'first');
  assert.equal(await page.evaluate(() => scrollY), 0);
  assert.equal(await c.locator('html').getAttribute('data-theme'), 'dark');
  assert.equal(await c.locator('html').getAttribute('lang'), 'ko');
  assert.equal(await c.locator('.pane-tabs button').count(), 2);
  // Asleep while it is off screen: its clock stands.
  const clock = () => c.locator('#workbench').getAttribute('data-clock');
  const was = await clock();
  await page.waitForTimeout(700);
  assert.equal(await clock(), was);
  await a.locator('#send-1').waitFor({ state: 'attached' });
  await context.close();
  docs.closeAllConnections();
  docs.close();
});

test('if wasm can’t start, the page says so and shows what was written', async () => {
  const context = await b.newContext();
  await context.addInitScript(() => { localStorage.setItem('kubeglass.files', '[["a.yaml","mine: 1"]]'); delete globalThis.WebAssembly; });
  const page = await context.newPage();
  await page.goto(site.url);
  await page.locator('#failure').waitFor({ state: 'visible' });
  await page.locator('#failure-text').click();
  assert.match(await page.locator('#failure-files').innerText(), /mine: 1/);
  await context.close();
});

test('if the editor can’t be loaded, a plain text area does its work', async () => {
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.route('**/editor.js', (r) => r.abort());
  await page.goto(`${site.url}?lang=en`);
  const area = page.locator('#editor-plain');
  await area.waitFor();
  await area.press('Control+Enter');
  await idle(page);
  assert.match(await printed(page), /service\/http-go-svc created/);
  await context.close();
});

// The budget for a first visit is 300 KB (`cargo xtask bench` names it).
const FIRST_LOAD_KB = 300;

test('a first visit is small, and the rest of the code comes when somebody stirs', async () => {
  const { files, first, editor } = await firstVisit(b, site);
  assert.ok(first <= FIRST_LOAD_KB, `first load ${first.toFixed(1)} KB: ${files.join(' ')}`);
  assert.ok(editor > 0 && editor <= 125, `editor ${editor.toFixed(1)} KB`);
  assert.ok(!files.some((f) => f.endsWith('_rest.wasm')), 'nobody did anything yet');
  const page = await open(b, `${site.url}?lang=en`, { serviceWorkers: 'block' });
  const [rest] = await Promise.all([
    page.waitForResponse((r) => r.url().endsWith('_rest.wasm')),
    page.mouse.move(300, 300),
  ]);
  assert.equal(rest.status(), 200);
  await line(page, 'kubectl get nodes -o name');
  assert.match(await printed(page), /node\/worker-2/);
  await page.context().close();
});

test('the rest of the code can come at once, and its absence is said', async () => {
  const page = await open(b, `${site.url}?lang=en`, { serviceWorkers: 'block' });
  await page.evaluate(async () => {
    const glue = performance.getEntriesByType('resource').find((r) => r.name.endsWith('/glue.js')).name;
    const { fetchRestNow } = await import(glue);
    fetchRestNow();
    fetchRestNow();
  });
  await line(page, 'kubectl get nodes -o name');
  assert.match(await printed(page), /node\/worker-2/);
  await page.context().close();
  const broken = await open(b, `${site.url}?lang=en`, { serviceWorkers: 'block' });
  await broken.route(/_rest\.wasm/, (route) => route.abort());
  await broken.mouse.move(300, 300);
  await broken.waitForSelector('#failure:not([hidden])');
  assert.match(await broken.locator('#failure-detail').innerText(), /_rest\.wasm|NetworkError/);
  await broken.context().close();
});
