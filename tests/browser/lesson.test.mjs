// The lesson from top to bottom as a newcomer would do it: by pointer in Korean, by keyboard in English.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, open, printed, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const step = (page) => page.locator('#lesson .steps li.done').count();
const passed = (page, n) => page.waitForFunction((want) => document.querySelectorAll('#lesson .steps li.done').length >= want, n, { timeout: 30_000 });
/** How many pixels of the dots' canvas are painted. */
const painted = (page) => page.evaluate(() => {
  const c = document.querySelector('#dots');
  const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0;
  for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
  return n;
});
/** Names of the Pods on the stage with how often each answered. */
const served = (page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#stage g[role=button]')]
  .map((g) => /^Pod (\S+), .*?(?:answered|응답) (\d+)/.exec(g.getAttribute('aria-label'))).filter(Boolean).map((m) => [m[1], Number(m[2])])));

/** The middle of what is painted on the dots' canvas, to see it move. */
const centre = (page) => page.evaluate(() => {
  const c = document.querySelector('#dots');
  const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
  let n = 0, x = 0, y = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) { const p = (i - 3) / 4; n++; x += p % c.width; y += Math.floor(p / c.width); }
  return n ? [Math.round(x / n), Math.round(y / n)] : null;
});

for (const [lang, way] of [['ko', 'pointer'], ['en', 'keyboard']]) {
  test(`the lesson in ${lang} by ${way}`, async () => {
    const page = await open(b, `${site.url}?lang=${lang}`);
    const typed = async (text) => {
      await page.locator('#prompt').focus();
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
      await idle(page);
    };
    const press = async (selector) => {
      if (way === 'pointer') await page.locator(selector).click();
      else { await page.locator(selector).focus(); await page.keyboard.press('Enter'); }
    };
    /** Runs the step's n-th command: its button, or typed. */
    const command = async (n) => {
      const row = page.locator('#step-body .cmd').nth(n);
      if (way === 'pointer') { await row.locator('.run').click(); await idle(page); } else await typed(await row.locator('code').innerText());
    };
    /** The title of the step that is shown begins so. */
    const shows = (words) => page.waitForFunction((w) => document.querySelector('#step-title')?.innerText.startsWith(w), words);
    const title = { ko: ['Service와', 'Service에', '왜'], en: ['Apply', 'Ask', 'Why'] }[lang];

    // Apply; the step stays until its second command has run as well.
    await shows(title[0]);
    await command(0);
    await passed(page, 1);
    await shows(title[0]);
    assert.equal(await page.locator('#next-step').count(), 1);
    await command(1);
    await shows(title[1]);
    await page.waitForFunction(() => [...document.querySelectorAll('#stage g[role=button]')].filter((g) => /^Pod .*Running/.test(g.getAttribute('aria-label'))).length === 3, null, { timeout: 20_000 });

    // A request is refused, by the sender's own node.
    await command(0);
    await passed(page, 2);
    await shows(title[2]);
    await page.waitForSelector('#result.bad');
    assert.match(await page.locator('#result').innerText(), /worker-[12].*REJECT.*no endpoints/);

    // See why; the answer is not given away before it is asked for.
    assert.ok(!(await page.locator('#step-body').innerText()).includes('tier'), 'the text gives the answer away');
    await command(0);
    assert.match(await printed(page), /Endpoints: +\n/);
    await page.waitForSelector('#problems .problem');
    const why = await page.locator('#problems').innerText();
    assert.match(why, /tier=http-go/);
    assert.match(why, /app=http-go/);
    assert.equal(await step(page), 2);
    await command(1);
    await press('#step-body .fix summary');
    await press('#lesson-fix');
    await idle(page);
    await passed(page, 3);
    assert.match(await printed(page), /\$ kubectl apply -f http-go-svc\.yaml\nservice\/http-go-svc configured/);

    // One request by name from a Pod: a dot moves.
    await page.waitForTimeout(1_000);
    await command(0);
    await passed(page, 4);
    const places = new Set();
    for (let i = 0; i < 8; i++) { places.add(JSON.stringify(await centre(page))); await page.waitForTimeout(90); }
    assert.ok(places.size >= 3, `the dot stood still: ${[...places]}`);
    assert.match(await page.locator('#inspector').innerText(), /KUBE-SVC-/);
    assert.match(await page.locator('#told').innerText(), /http-go-rs-/);

    // Pinned, 30 requests can't spread: the step says so, and a press mends it.
    if (lang === 'en') {
      await typed(`kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'`);
      await page.waitForSelector('#hurdle');
      assert.match(await page.locator('#hurdle').innerText(), /sessionAffinity is on/);
      await press('#hurdle button');
      await idle(page);
      await page.waitForSelector('#hurdle', { state: 'detached' });
      await page.waitForTimeout(1_000);
    }

    // Thirty of them: all three answer.
    await command(0);
    await passed(page, 5);
    await page.waitForFunction(() => [...document.querySelectorAll('#stage g[role=button]')].filter((g) => /^Pod .*(answered|응답) [1-9]/.test(g.getAttribute('aria-label'))).length === 3);

    // By two nodes' doors.
    await command(0);
    await page.waitForTimeout(1_500);
    await command(1);
    await command(2);
    await passed(page, 6);

    // Pinned: five answers of one Pod.
    await page.waitForTimeout(3_000);
    await command(0);
    await page.waitForTimeout(1_500);
    const before = await served(page);
    await command(1);
    await passed(page, 7);
    await page.waitForTimeout(2_500);
    const now = await served(page);
    const grew = Object.keys(now).filter((k) => now[k] > (before[k] ?? 0));
    assert.equal(grew.length, 1, JSON.stringify([before, now]));
    assert.ok(await page.locator('#stage .thread').count() >= 1, 'a pin is a thread');

    // That Pod goes, another one answers.
    await command(0);
    await page.waitForTimeout(2_000);
    await command(1);
    await passed(page, 8);
    assert.ok(!(grew[0] in (await served(page))) || (await printed(page)).includes(`"${grew[0]}" deleted`));

    // What kube-proxy wrote; and how it ends.
    await command(0);
    await passed(page, 9);
    assert.match(await printed(page), /-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-/);
    assert.match(await page.locator('#lesson-done').innerText(), /sessionAffinity[\s\S]*externalTrafficPolicy/);
    assert.ok((await painted(page)) >= 0);
    await press('#lesson-free');
    await page.waitForSelector('#lesson', { state: 'detached' });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('on a phone a command’s last line is below it, and a step can be gone to and read again', async () => {
  const page = await open(b, `${site.url}?lang=en`, { viewport: { width: 390, height: 844 } });
  await page.locator('#pane-side').click();
  await page.locator('#step-body .run').first().click();
  await page.waitForFunction(() => document.querySelector('.said')?.innerText === 'replicaset.apps/http-go-rs created');
  await passed(page, 1);
  const [pane, head] = [await page.locator('#lesson').boundingBox(), await page.locator('#step-title').boundingBox()];
  assert.ok(head.y >= pane.y && head.y + head.height <= pane.y + pane.height, 'the step at hand is out of sight');
  assert.ok((await page.locator('#inspector').boundingBox()).height < 60, 'an empty panel takes room');
  // A step further on says what it needs; a passed one is read again without leaving it.
  await page.locator('.steps button').filter({ hasText: 'Keep a client' }).click();
  await page.waitForSelector('#hurdle');
  assert.match(await page.locator('#hurdle').innerText(), /no NodePort/);
  await page.locator('#hurdle button').click();
  await page.waitForSelector('#hurdle', { state: 'detached' });
  await page.locator('.passed-steps summary').click();
  await page.locator('.passed-steps button').first().click();
  await page.waitForSelector('#next-step');
  assert.match(await page.locator('#step-title').innerText(), /^Apply the Service/);
  await page.context().close();
});

test('a step gone to from a fresh page is set up at a press, by commands that the terminal shows', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await page.locator('.steps button').filter({ hasText: 'Delete the pinned' }).click();
  await page.locator('#set-up').click();
  await idle(page);
  await page.waitForSelector('#hurdle', { state: 'detached' });
  const lines = (await printed(page)).split('\n').filter((l) => l.startsWith('$ ')).map((l) => l.split(' ').slice(1, 4).join(' '));
  assert.deepEqual(lines, ['kubectl apply -f', 'kubectl apply -f', 'kubectl patch svc']);
  assert.match(await page.locator('#step-title').innerText(), /^Delete the pinned/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a selector that fits no Pod is mended the other way: the Pods get the label, and it is undone', async () => {
  const page = await open(b, `${site.url}?lang=en`);
  await page.locator('#step-body .run').first().click();
  await idle(page);
  const fixes = page.locator('#problems .fix');
  await page.waitForFunction(() => [...document.querySelectorAll('#problems .fix')].map((f) => f.innerText).join() === 'Fix selector,Fix Pod labels');
  await fixes.nth(1).click();
  await idle(page);
  assert.match(await printed(page), /\$ kubectl apply -f http-go-rs\.yaml && kubectl label pods -l tier=http-go app=http-go\n/);
  assert.match(await page.locator('#undo').innerText(), /app=http-go/);
  assert.equal(await page.locator('.tabs-of [aria-selected=true]').innerText().then((t) => t.trim().split(' ')[0]), 'http-go-rs.yaml');
  await page.waitForFunction(() => /Endpoints: +1/.test(document.querySelector('#printed').innerText) || !document.querySelector('#problems .problem'));
  await page.locator('#undo-do').click();
  await idle(page);
  assert.match(await printed(page), /kubectl label pods -l tier=http-go app-\n/);
  await page.locator('.tabs-of .tab').first().click();
  await page.locator('#problems .problem').waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
