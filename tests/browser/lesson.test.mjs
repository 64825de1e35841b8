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
  .map((g) => /^Pod (\S+), .*?(\d+)번?$/.exec(g.getAttribute('aria-label'))).filter(Boolean).map((m) => [m[1], Number(m[2])])));

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
    /** Runs the step's n-th command: its button, or typed. */
    const command = async (n) => {
      const row = page.locator('#step-body .cmd').nth(n);
      if (way === 'pointer') { await row.locator('.run').click(); await idle(page); } else await typed(await row.locator('code').innerText());
    };

    // Apply, and see that there are no endpoints, and why.
    await command(0);
    await passed(page, 1);
    await page.waitForFunction(() => [...document.querySelectorAll('#stage g[role=button]')].filter((g) => /^Pod .*Running/.test(g.getAttribute('aria-label'))).length === 3, null, { timeout: 20_000 });
    await command(0);
    assert.match(await printed(page), /Endpoints: +\n/);
    await page.waitForSelector('#problems .problem');
    const why = await page.locator('#problems').innerText();
    assert.match(why, /tier=http-go/);
    assert.match(why, /app=http-go/);
    assert.equal(await step(page), 1);

    // Fix it.
    if (way === 'pointer') { await page.locator('#problems .fix').first().click(); await idle(page); } else await command(2);
    await passed(page, 2);

    // One request by name from a Pod: a dot moves.
    await command(0);
    await passed(page, 3);
    const places = new Set();
    for (let i = 0; i < 8; i++) { places.add(JSON.stringify(await centre(page))); await page.waitForTimeout(90); }
    assert.ok(places.size >= 3, `the dot stood still: ${[...places]}`);
    assert.match(await page.locator('#inspector').innerText(), /KUBE-SVC-/);
    assert.match(await page.locator('#told').innerText(), /http-go-rs-/);

    // Thirty of them: all three answer.
    await command(0);
    await passed(page, 4);
    const counts = Object.values(await served(page));
    assert.equal(counts.filter((n) => n > 0).length, 3, JSON.stringify(counts));

    // By two nodes' doors.
    await command(0);
    await page.waitForTimeout(1_500);
    await command(1);
    await command(2);
    await passed(page, 5);

    // Pinned: five answers of one Pod.
    await command(0);
    await page.waitForTimeout(1_500);
    const before = await served(page);
    await command(1);
    await passed(page, 6);
    const now = await served(page);
    const grew = Object.keys(now).filter((k) => now[k] > (before[k] ?? 0));
    assert.equal(grew.length, 1, JSON.stringify([before, now]));
    assert.ok(await page.locator('#stage .thread').count() >= 1, 'a pin is a thread');

    // That Pod goes, another one answers.
    await command(0);
    await page.waitForTimeout(2_000);
    await command(1);
    await passed(page, 7);
    assert.ok(!(grew[0] in (await served(page))) || (await printed(page)).includes(`"${grew[0]}" deleted`));

    // What kube-proxy wrote.
    await command(0);
    await passed(page, 8);
    assert.match(await printed(page), /-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-/);
    assert.equal(await page.locator('#lesson-done').count(), 1);
    assert.ok((await painted(page)) >= 0);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}
