// Everything by keyboard alone: what can be pressed can be reached, it shows that it has the focus, nothing keeps the
// keyboard, and nothing loses it. And what is told to those who don't see the stage.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, serve } from './harness.mjs';
import { THING } from './states.mjs';
import { still } from './still.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const start = (query = '?lang=en', options = {}) => still(b, site.url + query, options);
/** The focused element, also within the editor: what it is, whether that shows, and whether it is in sight. */
const focused = (page) => page.evaluate(() => {
  let e = document.activeElement;
  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (!e || e === document.body) return { what: 'nothing' };
  const what = e.id || e.getAttribute('aria-label') || e.className || e.textContent.trim();
  const style = getComputedStyle(e), row = e.closest('.promptline');
  const shows = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
    || (row && getComputedStyle(row).boxShadow !== 'none') || e.classList.contains('cm-content');
  const r = e.getBoundingClientRect();
  const spots = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) => document.elementFromPoint(r.x + r.width * x, r.y + r.height * y));
  const inSight = spots.some((s) => s && (s === e || e.contains(s) || s.contains(e) || s.shadowRoot?.contains(e)));
  return { what, shows, inSight, editor: e.classList.contains('cm-content'), prompt: e.id === 'prompt' };
});
/** One step further by Tab; the editor is left by Escape first. */
async function tab(page) {
  if ((await focused(page)).editor) await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await page.pass(40);
  return focused(page);
}
/** Goes on by Tab until something has the focus. */
async function reach(page, selector) {
  for (let i = 0; i < 120; i++) {
    if (await has(page, selector)) return;
    // Beyond the last control is the browser's own row, and then the page's first.
    if ((await tab(page)).what === 'nothing') await page.locator('.skip').focus();
  }
  assert.fail(`${selector} can't be reached by Tab`);
}
const key = async (page, ...keys) => { for (const k of keys) { await page.keyboard.press(k); await page.pass(60); } };
const has = (page, selector) => page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector);

for (const [theme, lang, width] of [['light', 'en', 1440], ['dark', 'ko', 1024]]) {
  test(`Tab goes to every control and out again, and each shows the focus (${theme}, ${width} px)`, async () => {
    const page = await start(`?lang=${lang}&theme=${theme}`, { viewport: { width, height: 800 } });
    await page.type('kubectl apply -f http-go-np.yaml -f http-go-rs.yaml; sleep 3; curl -s 192.168.49.3:30001');
    await page.locator('#play').click();
    const wanted = await page.evaluate(() => {
      const all = 'button:not(:disabled), select, input, textarea, a[href], [tabindex="0"]';
      const list = [...document.querySelectorAll(all)].filter((e) => e.tabIndex >= 0 && e.checkVisibility());
      list.forEach((e, i) => { e.dataset.wanted = i; });
      return list.length;
    });
    assert.ok(wanted > 40, `${wanted} controls`);
    await page.locator('.skip').focus();
    const got = ['0'];
    const bad = [];
    for (let i = 0; i < wanted + 20; i++) {
      const now = await tab(page);
      if (now.what === 'nothing') break;
      got.push(await page.evaluate(() => document.activeElement.dataset.wanted));
      if (!now.shows) bad.push(`${now.what} does not show its focus`);
      if (!now.inSight) bad.push(`${now.what} is out of sight`);
    }
    assert.deepEqual(bad, []);
    const missed = await page.evaluate((seen) => [...document.querySelectorAll('[data-wanted]')].filter((e) => !seen.includes(e.dataset.wanted)).map((e) => e.outerHTML.slice(0, 120)), got);
    assert.deepEqual(missed, []);
    assert.equal((await focused(page)).what, 'nothing', 'Tab leaves the page at its end');
    await page.context().close();
  });
}

test('rows of tabs are one stop each; arrow keys, Home and End go through them', async () => {
  const page = await start();
  for (const [row, panel] of [['.bottom', '#panel'], ['.editor', '#code']]) {
    const chosen = `${row} [role=tab][aria-selected=true]`;
    await page.locator(chosen).focus();
    const names = await page.locator(`${row} [role=tab]`).allInnerTexts();
    const name = () => page.locator(chosen).innerText();
    for (const [press, to] of [['ArrowRight', 1], ['End', names.length - 1], ['ArrowRight', 0], ['ArrowLeft', names.length - 1], ['Home', 0]]) {
      await key(page, press);
      assert.equal(await name(), names[to]);
      assert.ok(await has(page, chosen), `${press} keeps the focus`);
    }
    assert.equal(await page.locator(`${row} [role=tab][tabindex="0"]`).count(), 1);
    assert.equal(await page.locator(panel).getAttribute('role'), 'tabpanel');
  }
  await page.context().close();
  const small = await start('?lang=ko', { viewport: { width: 390, height: 844 } });
  await small.locator('#pane-stage').focus();
  await key(small, 'ArrowRight');
  assert.equal(await small.locator('#workbench').getAttribute('data-pane'), 'files');
  await small.context().close();
});

test('the editor keeps no key: Escape, then Tab leaves it, and it says so', async () => {
  const page = await start();
  await reach(page, '#editor-host');
  const said = await page.evaluate(() => document.querySelector('#editor-host').shadowRoot.activeElement.getAttribute('aria-description'));
  assert.match(said, /Esc.*Tab/);
  const hint = await page.evaluate(() => getComputedStyle(document.querySelector('#code'), '::after').content);
  assert.match(hint, /Esc.*Tab/);
  await key(page, 'Tab');
  assert.ok((await focused(page)).editor, 'Tab indents');
  await key(page, 'Escape', 'Tab');
  assert.ok(!(await has(page, '#editor-host')));
  await page.context().close();
});

test('what closes gives the keyboard back; what goes leaves it nearby', async () => {
  const page = await start();
  await page.type('kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml; sleep 3');
  const press = async (selector) => { await page.locator(selector).first().focus(); await key(page, 'Enter'); };
  const near = async (selector) => { await page.pass(100); const now = await focused(page); assert.ok(await has(page, selector), `${now.what} has the focus, not ${selector}`); };
  for (const kind of ['pod', 'node', 'service']) {
    await press(THING[kind]);
    await key(page, 'ArrowDown', 'Escape');
    await near(THING[kind]);
  }
  await press('#moments');
  await reach(page, '#moments-list button');
  await key(page, 'Escape');
  await near('#moments');
  await press('#file-menu');
  await key(page, 'Escape');
  await near('#file-menu');
  await press('#file-menu');
  await page.keyboard.press('Enter');
  await page.pass(100);
  await near('#file-name');
  await key(page, 'Escape');
  await near('.editor *');
  await press('#examples-open');
  await page.waitForSelector('#examples-list');
  await key(page, 'Escape');
  await near('#examples-open');
  await press('#problems .fix');
  await page.settle();
  await near('.editor *');
  await press('#wishes .btn:last-child');
  await page.settle();
  await press('#undo-do');
  await page.settle();
  await near('.stage-frame *, .bottom *');
  await press('#scrub');
  await key(page, 'Home');
  await press('#present');
  await near('.timeline *');
  await page.context().close();
});

test('a session without a pointer: apply, fix, send, look, pin, rewind, lists', async () => {
  const page = await start();
  const settle = async () => { await page.settle(); await page.pass(2_500); };
  await reach(page, '#apply');
  await key(page, 'Enter');
  await settle();
  await reach(page, '.editor [role=tab]');
  await key(page, 'ArrowRight');
  await reach(page, '#apply');
  await key(page, 'Enter');
  await settle();
  await reach(page, '.editor [role=tab]');
  await key(page, 'ArrowLeft');
  await reach(page, '#problems .fix');
  await key(page, 'Enter');
  await settle();
  // A Service's menu: a command for a click.
  /** Opens the menu of a thing and chooses the entry whose command holds a text. */
  const choose = async (thing, deed) => {
    await reach(page, `g[role=button]${thing}`);
    await key(page, 'Enter');
    for (let i = 0; i < 12 && !(await page.evaluate((d) => document.activeElement.textContent.includes(d), deed)); i++) await key(page, 'ArrowDown');
    await key(page, 'Enter');
    await settle();
  };
  await choose('[aria-label^="Service"]', '"NodePort"');
  await choose('[aria-label^="Service"]', 'sessionAffinity');
  assert.match(await page.locator('#printed').innerText(), /\$ kubectl patch svc http-go-svc -p .*NodePort[^$]*\$ kubectl patch svc http-go-svc -p .*sessionAffinity/);
  // A door is an address to send to.
  await reach(page, 'g[role=button][aria-label^="NodePort"][aria-label*=" of worker-1"]');
  await key(page, ' ');
  await reach(page, '#send-1');
  await key(page, 'Enter');
  await page.pass(2_000);
  assert.match(await page.locator('#told').innerText(), /^#1 http-go-rs-\w+ answered$/);
  await reach(page, '#inspector');
  assert.ok(await page.locator('#inspector .hop').count() > 5);
  // A Pod goes, by its menu, and another one answers.
  await choose('[aria-label*="answered 1"]', 'delete pod');
  assert.match(await page.locator('#printed').innerText(), /pod "http-go-rs-\w+" deleted/);
  await reach(page, '#scrub');
  await key(page, 'ArrowLeft', 'ArrowLeft');
  assert.ok(await page.locator('.earlier').isVisible());
  await key(page, 'End');
  assert.equal(await page.locator('.earlier').count(), 0);
  await reach(page, '#play');
  await key(page, 'Enter');
  await reach(page, '#step');
  await key(page, 'Enter', 'Enter');
  await reach(page, '#tab-terminal');
  await key(page, 'ArrowRight');
  assert.equal(await page.locator('#tab-requests').getAttribute('aria-selected'), 'true');
  await reach(page, '#panel button');
  await key(page, 'Enter');
  assert.match(await page.locator('#inspector-title').innerText(), /#1/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/** From now on writes down what the live region says. */
const listen = (page) => page.evaluate(() => {
  globalThis.said = [];
  const told = document.querySelector('#told');
  new MutationObserver(() => { if (told.textContent) globalThis.said.push(told.textContent); }).observe(told, { childList: true, characterData: true, subtree: true });
});
const said = (page) => page.evaluate(() => globalThis.said.splice(0));

test('results are told one by one, and by sums when many come', async () => {
  const page = await start('?lang=en&lesson=none');
  await page.type('kubectl apply -f http-go-np.yaml -f http-go-rs.yaml; sleep 3');
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  await listen(page);
  for (let i = 1; i <= 3; i++) {
    await page.locator('#send-1').press('Enter');
    await page.pass(2_000);
    const now = await said(page);
    assert.equal(now.length, 1, now.join());
    assert.match(now[0], new RegExp(`^#${i} http-go-rs-\\w+ answered$`));
  }
  await page.locator('#rate').selectOption('100');
  await page.pass(9_000);
  await page.locator('#rate').selectOption('0');
  await page.pass(3_000);
  const many = await said(page);
  assert.ok(many.length >= 4 && many.length <= 9, `${many.length} messages in 12 s: ${many.join(' | ')}`);
  const sums = many.map((m) => Number(/^(\d+) answered: (http-go-rs-\w+ \d+(, )?){3}$/.exec(m)?.[1] ?? 0));
  const single = many.filter((m) => /^#\d+/.test(m)).length;
  const all = sums.reduce((x, y) => x + y, single);
  assert.ok(Math.abs(all - 900) <= 20, `${all} told of: ${many.join(' | ')}`);
  // Failures come with their reason, one or many.
  await page.type('kubectl delete rs http-go-rs; sleep 2');
  await said(page);
  await page.locator('#send-1').press('Enter');
  await page.pass(2_000);
  assert.match((await said(page)).join(), /^#\d+ failed: REJECT: no endpoints/);
  await page.locator('#send-n').press('Enter');
  await page.pass(4_000);
  assert.match((await said(page)).join('\n'), /\d+ failed, the last one: REJECT: no endpoints/);
  await page.context().close();
});

test('with reduced motion nothing has a transition, and a change of the lens is one step', async () => {
  const page = await start('?lang=en', { reducedMotion: 'reduce' });
  await page.type('kubectl apply -f http-go-np.yaml -f http-go-rs.yaml; sleep 3; curl -s 192.168.49.4:30001');
  const moving = () => page.evaluate(() => [...document.querySelectorAll('*')]
    .filter((e) => { const s = getComputedStyle(e); return parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none'; }).length + document.getAnimations().length);
  assert.equal(await moving(), 0);
  await page.locator('#play').click();
  await page.locator('#lens-logical').click();
  await page.pass(20);
  const places = () => page.evaluate(() => document.querySelector('#stage svg').innerHTML + document.querySelector('#dots').toDataURL());
  const one = await places();
  await page.pass(100);
  assert.equal(await places(), one);
  assert.equal(await moving(), 0);
  await page.context().close();
});
