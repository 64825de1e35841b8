// From a deed to its result: what the inspector says first, when counts rise, what is said of a deed and for how long,
// where the terminal stands, what the editor makes of an unfinished line.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, podsRun, printed, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const thing = (page, name) => page.locator(`#stage g[role=button][aria-label^="${name}"]`).first();
/** How many answers the Pods on the stage count together. */
const counted = (page) => page.evaluate(() => [...document.querySelectorAll('#stage g[role=button]')]
  .reduce((n, g) => n + Number(/^Pod .*?answered (\d+)/.exec(g.getAttribute('aria-label'))?.[1] ?? 0), 0));
const REQUEST = 'kubectl exec $(kubectl get pods -o name | head -n 1) -- curl -sS http-go-svc';

async function answering(options) {
  const page = await open(b, `${site.url}?lang=en&lesson=none`, options);
  await line(page, 'kubectl apply -f http-go-np.yaml -f http-go-rs.yaml');
  await podsRun(page, 3, 'http-go-rs');
  await page.waitForTimeout(1_500);
  return page;
}

test('the result comes first, and hops are sentences with their rule folded', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  assert.match(await page.locator('#inspector').innerText(), /Apply the files/);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await podsRun(page, 3, 'http-go-rs');
  await line(page, REQUEST);
  await page.waitForSelector('#result.bad');
  assert.match(await page.locator('#result').innerText(), /^Refused by worker-[12] \(REJECT\): no endpoints$/);
  await line(page, 'kubectl set selector service http-go-svc tier=http-go');
  await page.waitForTimeout(1_500);
  await line(page, REQUEST);
  await page.waitForSelector('#result.good');
  assert.match(await page.locator('#result').innerText(), /^[abc] 200 · Welcome! http-go-rs-/);
  const text = await page.locator('#inspector').innerText();
  assert.match(text, /[abc] · http-go-rs-\w+ → /);
  assert.match(text, /DNAT: the destination becomes [abc] · http-go-rs-/);
  assert.ok(!text.includes('-A KUBE-'), 'the rule is folded');
  await page.locator('#inspector summary').filter({ hasText: 'DNAT' }).click();
  assert.match(await page.locator('#inspector').innerText(), /-A KUBE-SEP-.*-j DNAT/);
  await page.context().close();
});

test('a count rises when the answer has arrived, not before; the hop at hand is in sight', async () => {
  const page = await answering({ viewport: { width: 1280, height: 640 } });
  await page.locator('#play').click();
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  await page.locator('#send-1').click();
  await page.waitForFunction(() => /Under way: hop 1 of \d+/.test(document.querySelector('#result')?.innerText ?? ''));
  assert.equal(await counted(page), 0, 'it is printed before it has happened');
  assert.ok(await page.locator('#inspector .hop.later').count() > 3);
  let hops = 0;
  for (let i = 0; i < 40 && !(await page.locator('#result.good').count()); i++) {
    await page.locator('#step').click();
    await page.waitForTimeout(60);
    const now = page.locator('#inspector .hop.now');
    if (!(await now.count())) continue;
    hops++;
    assert.equal(await counted(page), 0);
    const [pane, hop] = [await page.locator('#inspector').boundingBox(), await now.boundingBox()];
    assert.ok(hop.y >= pane.y - 1 && hop.y + Math.min(hop.height, 20) <= pane.y + pane.height + 1, 'the hop at hand is out of sight');
  }
  assert.ok(hops >= 3, `only ${hops} hops were seen`);
  assert.equal(await counted(page), 1);
  // A moment earlier it was not counted yet, and going back to now brings it back.
  await page.locator('#scrub').focus();
  await page.keyboard.press('Home');
  assert.equal(await counted(page), 0);
  await page.keyboard.press('End');
  await page.waitForFunction(() => /answered 1"/.test(document.querySelector('#stage').innerHTML));
  await page.context().close();
});

for (const [name, options] of [['a desktop', {}], ['a phone', { viewport: { width: 390, height: 844 } }]]) {
  test(`what was done is said where it covers nothing, on ${name}; it goes, and can still be undone`, async () => {
    const page = await open(b, `${site.url}?lang=en`, options);
    const pane = async (which) => { if (options.viewport) await page.locator(`#pane-${which}`).click(); };
    await pane('terminal');
    await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
    await pane('files');
    await page.locator('#problems .fix').first().click();
    await idle(page);
    const note = page.locator('#undo');
    await note.waitFor();
    assert.match(await note.innerText(), /fixed and applied: http-go-svc\.yaml/);
    const covers = await page.evaluate(() => {
      const own = document.querySelector('#undo').getBoundingClientRect();
      const hit = (r) => r.width > 0 && r.height > 0 && r.left < own.right && own.left < r.right && r.top < own.bottom - 1 && own.top + 1 < r.bottom;
      const seen = (e) => e.checkVisibility() && !e.closest('#undo');
      return [...document.querySelectorAll('button, #stage, .code, .panel, input, select')].filter((e) => seen(e) && hit(e.getBoundingClientRect())).map((e) => e.id || e.className || e.innerText);
    });
    assert.deepEqual(covers, []);
    await pane('side');
    assert.ok(await note.isVisible());
    await note.waitFor({ state: 'detached', timeout: 12_000 });
    await pane('files');
    await page.locator('#file-menu').click();
    await page.locator('#undo-deed').click();
    await idle(page);
    await pane('terminal');
    await line(page, 'grep -c "app: http-go" http-go-svc.yaml');
    assert.match(await printed(page), /\n1\n$/);
    await page.context().close();
  });
}

test('a click anywhere in the terminal takes the keyboard; a long output begins at its first line', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  const panel = await page.locator('#panel').boundingBox();
  await page.mouse.click(panel.x + panel.width / 2, panel.y + panel.height - 8);
  await page.keyboard.type('echo p.');
  await page.keyboard.press('Enter');
  await idle(page);
  assert.match(await printed(page), /^p\.$/m);
  assert.match(await page.locator('#play').innerText(), /Pause/);
  await page.locator('#step-body .run').first().click();
  await podsRun(page, 3, 'http-go-rs');
  await idle(page);
  await page.locator('#next-step').click();
  await page.locator('#skip-step').click();
  await page.locator('#step-body .run').first().click();
  await idle(page);
  await page.waitForTimeout(300);
  const [top, shown] = await page.evaluate(() => {
    const [pane, lines] = [document.querySelector('#panel'), document.querySelectorAll('.typed')];
    return [[...lines].at(-1).getBoundingClientRect().top - pane.getBoundingClientRect().top, pane.scrollTop];
  });
  assert.match(await printed(page), /Endpoints: *\n/);
  assert.ok(top >= -1 && top < 20, `describe begins ${top} px below the pane's top`);
  assert.equal(shown % 20, 0, 'a line is cut');
  await page.context().close();
});

const writing = async (text) => {
  const context = await b.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${site.url}?lang=en&lesson=none`);
  await page.waitForSelector('#editor-host:not([hidden])');
  await page.locator('#editor-host .cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.type(text);
  return page;
};

test('Enter indents as YAML goes on', async () => {
  const page = await writing('a:\nb:\n- c: 1\nd: 2\n- e');
  await page.waitForTimeout(200);
  assert.equal(await page.locator('#editor-host .cm-content').evaluate((e) => e.innerText.trim()), 'a:\n  b:\n    - c: 1\n      d: 2\n      - e');
  await page.context().close();
});

test('an unfinished line is not wrong at once; what the cluster has against it stays', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await podsRun(page, 3, 'http-go-rs');
  await page.waitForSelector('#problems .problem');
  await page.locator('#editor-host .cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('  wrong');
  await page.waitForTimeout(250);
  assert.equal(await page.locator('#problems .problem.bad').count(), 0, 'red while it is typed');
  await page.waitForSelector('#problems .problem.bad');
  assert.match(await page.locator('#problems').innerText(), /tier=http-go/);
  await page.context().close();
});

test('a file that the cluster has gone on from offers to take that over, and keeps its comments', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await line(page, 'kubectl set selector service http-go-svc tier=http-go');
  await page.waitForSelector('#outrun');
  assert.match(await page.locator('#outrun').innerText(), /spec\.selector/);
  assert.doesNotMatch(await page.locator('#apply').getAttribute('class'), /primary/);
  await page.locator('#take-over').click();
  await page.waitForSelector('#outrun', { state: 'detached' });
  await line(page, 'cat http-go-svc.yaml');
  assert.match(await printed(page), /selector:\n +tier: http-go\n/);
  // There is nothing left that applying it would change.
  assert.equal(await page.locator('#sync').innerText(), 'nothing to apply');
  assert.doesNotMatch(await page.locator('#apply').getAttribute('class'), /primary/);
  // Apply all leaves out the second file of the same Service, and says so.
  await page.locator('#apply-all').click();
  await idle(page);
  assert.match(await printed(page), /\$ kubectl apply -f http-go-svc\.yaml -f http-go-rs\.yaml\n/);
  assert.match(await page.locator('#undo').innerText(), /http-go-np\.yaml/);
  await page.context().close();
});

test('what came of a burst stays under the stage, counted as it arrives', async () => {
  const page = await answering();
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  await page.locator('#send-n').click();
  await page.waitForSelector('#sum');
  const n = Number(/^(\d+) sent/.exec(await page.locator('#sum').innerText())[1]);
  assert.ok(n > 1 && Number(/ (\d+) answered/.exec(await page.locator('#sum').innerText())[1]) < n, 'counted before it arrived');
  await page.waitForFunction((m) => document.querySelector('#sum').innerText === `${m} sent · ${m} answered`, n, { timeout: 15_000 });
  await line(page, 'kubectl set selector service http-go-svc tier=nobody');
  await page.waitForSelector('#sum', { state: 'detached' });
  await page.waitForTimeout(1_500);
  await page.locator('#send-n').click();
  await page.waitForFunction((m) => document.querySelector('#sum')?.innerText === `${m} sent · 0 answered · ${m} failed (REJECT: no endpoints)`, n, { timeout: 15_000 });
  await page.context().close();
});

test('an empty list says what would fill it; the rules are those of the node that dealt with the request', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  await page.locator('#tab-affinity').click();
  await page.getByText('No client is pinned').waitFor();
  await page.locator('#tab-terminal').click();
  await line(page, 'kubectl apply -f http-go-np.yaml -f http-go-rs.yaml');
  await podsRun(page, 3, 'http-go-rs');
  await page.waitForTimeout(1_500);
  await line(page, 'curl -s 192.168.49.4:30001');
  await page.waitForSelector('#result.good');
  await page.locator('#tab-iptables').click();
  assert.equal(await page.locator('#rules-node').inputValue(), 'worker-2');
  await page.context().close();
});
