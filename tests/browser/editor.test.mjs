// The editor: hints from the schema, problems with fixes, differences from the cluster, files in and out, examples, and
// that nothing typed is lost.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, printed, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n    targetPort: 8080\n';

/** A page with these files (the lesson's otherwise), the editor loaded. */
async function edit(files, options = {}) {
  const { query = '?lang=en', plain = false, ...more } = options;
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', serviceWorkers: 'block', ...more });
  if (files) await context.addInitScript((f) => { if (!localStorage.getItem('kubeglass.files')) localStorage.setItem('kubeglass.files', f); }, JSON.stringify(files));
  if (plain) await context.route('**/editor.js', (r) => r.abort());
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (m) => { if (m.type() === 'error') page.complaints.push(m.text()); });
  page.on('pageerror', (e) => page.complaints.push(String(e)));
  await page.goto(site.url + query);
  await page.waitForSelector(plain ? '#editor-plain' : '#editor-host:not([hidden])');
  // Problems are looked for once somebody stirs.
  await page.mouse.move(700, 450);
  return page;
}
const content = (page) => page.locator('#editor-host .cm-content');
/** The text of the shown file, as the browser keeps it. */
const kept = (page, name) => page.evaluate((n) => JSON.parse(localStorage.getItem('kubeglass.files')).find(([f]) => f === n)?.[1], name);
const names = (page) => page.locator('.tabs-of .tab').allInnerTexts();
const shown = (page) => page.locator('.tabs-of .tab[aria-selected=true]').innerText();
/** Puts the caret behind the last letter of the text. */
async function toEnd(page) {
  await content(page).click();
  await page.keyboard.press('Control+End');
}
const menu = async (page, id) => { await page.locator('#file-menu').click(); await page.locator(`#${id}`).click(); };

test('completion offers the schema’s fields and values, with what Kubernetes says about them', async () => {
  const page = await edit([['a.yaml', 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ']]);
  await toEnd(page);
  await page.keyboard.type('ext');
  const list = page.locator('#editor-host .cm-tooltip-autocomplete');
  await list.waitFor();
  assert.match(await list.innerText(), /externalTrafficPolicy/);
  await page.locator('#editor-host .cm-completionInfo p').waitFor();
  assert.match(await page.locator('#editor-host .cm-completionInfo').innerText(), /external/i);
  await page.keyboard.type('ernalT');
  await list.locator('li[aria-selected]', { hasText: 'externalTrafficPolicy' }).waitFor();
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  // What may follow is offered without being asked for.
  await list.getByText('Local').waitFor();
  assert.deepEqual((await list.locator('li').allInnerTexts()).map((t) => t.trim()), ['Cluster', 'Local']);
  // The editor takes no key for the list in its first moment, lest one was meant for the text.
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  assert.match(await kept(page, 'a.yaml'), /externalTrafficPolicy: (Cluster|Local)$/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a selector is completed by the labels that the files and the cluster have', async () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    tier: front\nspec:\n  containers:\n  - name: a\n    image: nginx\n';
  const page = await edit([['svc.yaml', 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  '], ['pod.yaml', pod]]);
  await toEnd(page);
  const list = page.locator('#editor-host .cm-tooltip-autocomplete');
  await page.keyboard.type('sele');
  await list.locator('li[aria-selected]', { hasText: 'selector' }).waitFor();
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await list.getByText('tier: front').waitFor();
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  assert.match(await kept(page, 'svc.yaml'), /selector:\n    tier: front$/);
  await page.context().close();
});

test('a field tells what it is, under the pointer and by the keyboard', async () => {
  const page = await edit([['a.yaml', SERVICE]]);
  await content(page).getByText('targetPort').hover();
  const doc = page.locator('#editor-host .cm-doc');
  await doc.locator('p').waitFor();
  assert.match(await doc.innerText(), /spec\.ports\[0\]\.targetPort[\s\S]*port/i);
  await page.mouse.move(5, 5);
  await doc.waitFor({ state: 'detached' });
  await toEnd(page);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('F1');
  await doc.locator('p').waitFor();
  assert.match(await doc.innerText(), /targetPort/);
  await page.context().close();
});

test('a wrong field is underlined while it is typed, and mended by its fix', async () => {
  const page = await edit([['a.yaml', SERVICE.replace('targetPort', 'targetprot')]]);
  const card = page.locator('#problems .problem');
  await card.waitFor();
  assert.match(await card.innerText(), /a\.yaml:10/);
  assert.match(await card.innerText(), /unknown field "spec\.ports\[0\]\.targetprot"/);
  assert.equal(await page.locator('#editor-host .cm-lintRange-error').innerText(), 'targetprot');
  await card.locator('.fix').first().click();
  await card.waitFor({ state: 'detached' });
  assert.equal(await kept(page, 'a.yaml'), SERVICE);
  await page.keyboard.press('Escape');
  await toEnd(page);
  await page.keyboard.type('  tpye: NodePort');
  await card.waitFor();
  await page.context().close();
});

test('the margin marks what differs from the cluster; the difference is a click away and can be taken back', async () => {
  const page = await edit([['a.yaml', SERVICE]]);
  assert.match(await page.locator('#sync').innerText(), /not applied/);
  await page.locator('#apply').click();
  await idle(page);
  await page.waitForFunction(() => /nothing to apply/.test(document.querySelector('#sync').textContent));
  assert.equal(await page.locator('#editor-host .cm-differs').count(), 0);
  await content(page).getByText('8080').dblclick();
  await page.keyboard.type('9090');
  await page.locator('#editor-host .cm-gutterElement.cm-differs').waitFor();
  await page.locator('#editor-host .cm-gutterElement.cm-differs').click();
  const panel = page.locator('#differences');
  await panel.waitFor();
  assert.match(await panel.innerText(), /spec\.ports\[0\]\.targetPort[\s\S]*8080[\s\S]*9090/);
  await panel.getByText('Take the cluster’s').click();
  await panel.waitFor({ state: 'detached' });
  assert.equal(await kept(page, 'a.yaml'), SERVICE);
  // It can be undone, by the button and by the editor itself.
  await page.locator('#undelete').click();
  assert.match(await kept(page, 'a.yaml'), /9090/);
  await menu(page, 'file-revert');
  assert.equal(await kept(page, 'a.yaml'), SERVICE);
  await content(page).click();
  await page.keyboard.press('Control+z');
  assert.match(await kept(page, 'a.yaml'), /9090/);
  // The whole is what kubectl says.
  await page.locator('#sync').click();
  await page.getByRole('button', { name: 'kubectl diff' }).click();
  await idle(page);
  assert.match(await printed(page), /-\s+targetPort: 8080\n\+\s+targetPort: 9090/);
  await page.context().close();
});

test('what was undone and what can be undone outlives a reload', async () => {
  const page = await edit([['a.yaml', SERVICE], ['b.yaml', 'b: 1\n']]);
  await toEnd(page);
  await page.keyboard.type('# one');
  await page.waitForTimeout(700);
  await page.keyboard.type(' two');
  await page.waitForTimeout(600);
  await page.getByRole('tab', { name: 'b.yaml' }).click();
  await page.reload();
  await page.waitForSelector('#editor-host:not([hidden])');
  await page.getByRole('tab', { name: 'a.yaml' }).click();
  assert.match(await content(page).innerText(), /# one two/);
  await content(page).click();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await page.waitForFunction((want) => JSON.parse(localStorage.getItem('kubeglass.files'))[0][1] === want, SERVICE);
  await page.context().close();
});

for (const plain of [false, true]) {
  test(`files are renamed, added, deleted, brought back, uploaded, downloaded and dropped${plain ? ', also without the editor' : ''}`, async () => {
    const page = await edit([['a.yaml', SERVICE], ['b.yaml', 'b: 1\n']], { plain });
    await menu(page, 'file-rename');
    await page.locator('#file-name').fill('b.yaml');
    await page.keyboard.press('Enter');
    assert.match(await page.locator('.naming').innerText(), /taken/);
    await page.locator('#file-name').fill('my service.yaml');
    await page.keyboard.press('Enter');
    assert.deepEqual(await names(page), ['my-service.yaml', 'b.yaml']);
    await menu(page, 'delete-file');
    assert.deepEqual(await names(page), ['b.yaml']);
    await page.locator('#undelete').click();
    assert.deepEqual(await names(page), ['b.yaml', 'my-service.yaml']);
    assert.equal(await kept(page, 'my-service.yaml'), SERVICE);
    await page.locator('#new-file').click();
    assert.equal(await shown(page), 'file-1.yaml');
    // Up: nothing is written over.
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), menu(page, 'file-upload')]);
    await chooser.setFiles([{ name: 'b.yaml', mimeType: 'application/yaml', buffer: Buffer.from('한글: 1\n') }, { name: 'up.yaml', mimeType: 'application/yaml', buffer: Buffer.from('up: 1\n') }]);
    await page.getByRole('tab', { name: 'up.yaml' }).waitFor();
    assert.equal(await kept(page, 'b.yaml'), 'b: 1\n');
    assert.equal(await kept(page, 'b-2.yaml'), '한글: 1\n');
    // Down.
    const [download] = await Promise.all([page.waitForEvent('download'), menu(page, 'file-download')]);
    assert.equal(download.suggestedFilename(), 'up.yaml');
    assert.equal(readFileSync(await download.path(), 'utf8'), 'up: 1\n');
    // Dropped.
    const data = await page.evaluateHandle(() => { const d = new DataTransfer(); d.items.add(new File(['dropped: 1\n'], 'dropped.yaml')); return d; });
    const where = plain ? '#editor-plain' : '#editor-host';
    await page.dispatchEvent(where, 'dragover', { dataTransfer: data });
    assert.equal(await page.locator('.editor.dropping').count(), 1);
    await page.dispatchEvent(where, 'drop', { dataTransfer: data });
    await page.getByRole('tab', { name: 'dropped.yaml' }).waitFor();
    assert.equal(await kept(page, 'dropped.yaml'), 'dropped: 1\n');
    await page.context().close();
  });
}

test('the file menu is in sight, whatever the buttons beside it are called', async () => {
  for (const lang of ['en', 'ko']) {
    for (const width of [1440, 1024, 390]) {
      const page = await open(b, `${site.url}?lang=${lang}`, { viewport: { width, height: 800 } });
      if (width < 560) await page.locator('#pane-files').click();
      await page.locator('#file-menu').click();
      const box = await page.locator('.filemenu .menu').boundingBox();
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= 800, JSON.stringify([lang, width, box]));
      await page.context().close();
    }
  }
});

test('examples open as files of their own, apply, and answer', async () => {
  const page = await edit(null);
  await page.locator('#examples-open').click();
  await page.locator('#examples-list li').first().waitFor();
  const titles = await page.locator('#examples-list b').allInnerTexts();
  for (const door of ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName', 'Headless']) assert.ok(titles.includes(door), `${door}: ${titles}`);
  await page.locator('#examples-list li').filter({ hasText: 'NodePort' }).first().locator('button').click();
  await page.locator('#examples').waitFor({ state: 'detached' });
  assert.equal(await shown(page), 'nodeport.yaml');
  await page.locator('#apply').click();
  await idle(page);
  assert.match(await printed(page), /service\/nodeport created/);
  await page.waitForTimeout(4_000);
  await line(page, 'curl -s http://192.168.49.3:30080/');
  assert.match(await printed(page), /Welcome! nodeport-pods-/);
  // The lesson's file, edited, comes anew beside it; Escape closes the gallery.
  await page.locator('#examples-open').click();
  await page.keyboard.press('Escape');
  await page.locator('#examples').waitFor({ state: 'detached' });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('Korean is composed without a letter lost, also while the page underlines', async () => {
  const page = await edit([['a.yaml', 'apiVersion: v1\nkind: Servic\nmetadata:\n  name: web\n']]);
  await toEnd(page);
  await page.keyboard.type('# ');
  const cdp = await page.context().newCDPSession(page);
  for (const syllable of [['ㅎ', '하', '한'], ['ㄱ', '그', '글']]) {
    for (const text of syllable) {
      await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
      await page.waitForTimeout(80);
    }
    await cdp.send('Input.insertText', { text: syllable.at(-1) });
    await page.waitForTimeout(80);
  }
  await page.keyboard.type('!');
  await page.waitForFunction(() => JSON.parse(localStorage.getItem('kubeglass.files'))[0][1].endsWith('# 한글!'));
  assert.match(await content(page).innerText(), /# 한글!$/);
  await page.locator('#problems .problem').waitFor();
  await page.context().close();
});

test('the menu is worked by the keyboard', async () => {
  const page = await edit([['a.yaml', SERVICE], ['b.yaml', 'b: 1\n']]);
  await page.locator('#file-menu').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'delete-file');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'file-rename');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'file-menu');
  assert.equal(await page.locator('.filemenu .menu').count(), 0);
  await page.context().close();
});

test('without the editor: problems with fixes, differences, Apply and where a problem is', async () => {
  const page = await edit([['a.yaml', SERVICE]], { plain: true });
  const area = page.locator('#editor-plain');
  await area.press('Control+Enter');
  await idle(page);
  await area.fill(SERVICE.replace('targetPort', 'targetprot'));
  const card = page.locator('#problems .problem', { hasText: 'targetprot' });
  await card.waitFor();
  await card.locator('.link').first().click();
  const at = await area.evaluate((a) => [document.activeElement === a, a.value.slice(a.selectionStart, a.selectionStart + 10)]);
  assert.deepEqual(at, [true, 'targetprot']);
  await card.locator('.fix').first().click();
  assert.equal(await area.inputValue(), SERVICE);
  await area.fill(SERVICE.replace('8080', '9090'));
  await page.locator('#sync', { hasText: 'differs' }).click();
  assert.match(await page.locator('#differences').innerText(), /8080[\s\S]*9090/);
  await page.context().close();
});

test('who types before the editor is loaded goes on typing in it', async () => {
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  await context.route('**/editor.js', async (r) => { await new Promise((done) => setTimeout(done, 2_500)); await r.continue(); });
  const page = await context.newPage();
  await page.goto(`${site.url}?lang=en`);
  await page.locator('#editor-plain').click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('# bef');
  await page.waitForSelector('#editor-host:not([hidden])');
  await page.waitForTimeout(200);
  await page.keyboard.type('ore');
  await page.waitForFunction(() => JSON.parse(localStorage.getItem('kubeglass.files'))[0][1].startsWith('# before'));
  await context.close();
});

test('two tabs at once: each shows what the other writes, and of one file written in both nothing is lost', async () => {
  const one = await edit([['a.yaml', 'a: 1\n'], ['b.yaml', 'b: 1\n']]);
  const two = await one.context().newPage();
  await two.goto(`${site.url}?lang=en`);
  await two.waitForSelector('#editor-host:not([hidden])');
  await one.bringToFront();
  await toEnd(one);
  await one.keyboard.type('# one');
  await two.waitForFunction(() => document.querySelector('#editor-host').shadowRoot.textContent.includes('# one'));
  // A tab that has not heard of it yet writes the same file.
  await two.bringToFront();
  await toEnd(two);
  await two.evaluate(() => localStorage.setItem('kubeglass.files', JSON.stringify([['a.yaml', 'a: elsewhere\n'], ['b.yaml', 'b: 1\n']])));
  await two.keyboard.type('!');
  await two.waitForFunction(() => document.querySelectorAll('.tabs-of .tab').length === 3);
  assert.equal(await kept(two, 'a.yaml'), 'a: 1\n# one!');
  assert.equal(await kept(two, 'a-other-tab.yaml'), 'a: elsewhere\n');
  assert.match(await two.locator('.notice').innerText(), /a-other-tab\.yaml/);
  await one.context().close();
});

test('a full storage is told, and what is written outlives a reload all the same', async () => {
  const page = await edit([['a.yaml', SERVICE]]);
  await page.evaluate(() => { for (const size of [1e6, 1e5, 1e4, 1e3, 100]) try { for (let i = 0; ; i++) localStorage.setItem(`fill-${size}-${i}`, 'x'.repeat(size)); } catch { /* full */ } });
  await toEnd(page);
  await page.keyboard.type(`# ${'long '.repeat(2_000)}end`.slice(0, 400));
  await page.keyboard.insertText('y'.repeat(60_000));
  await page.locator('.notice').waitFor();
  assert.match(await page.locator('.notice').innerText(), /full/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.notice button').click()]);
  assert.match(readFileSync(await download.path(), 'utf8'), /y{1000}/);
  await page.reload();
  await page.waitForSelector('#editor-host:not([hidden])');
  await page.evaluate(() => { for (const key of Object.keys(localStorage)) if (key.startsWith('fill-')) localStorage.removeItem(key); });
  await toEnd(page);
  await page.keyboard.type('z');
  await page.waitForFunction(() => /y{1000}z$/.test(JSON.parse(localStorage.getItem('kubeglass.files'))[0][1]));
  await page.locator('.notice').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a tab that is killed after a keystroke has lost none', async () => {
  const page = await edit([['a.yaml', 'a: 1\n']]);
  await toEnd(page);
  await page.keyboard.type('# to the last');
  const cdp = await page.context().newCDPSession(page);
  const crash = page.waitForEvent('crash');
  cdp.send('Page.crash').catch(() => {});
  await crash;
  const next = await page.context().newPage();
  await next.goto(`${site.url}?lang=en`);
  await next.waitForSelector('#editor-host:not([hidden])');
  assert.match(await content(next).innerText(), /# to the last$/);
  await next.context().close();
});
