// The borders between panes, and the row of time: what may move, and what may not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const box = (page, of) => page.locator(of).boundingBox();
const clean = async (page) => { assert.deepEqual(page.complaints, []); await page.context().close(); };

test('panes are sized by pointer and keys, within bounds; the sizes are kept; a double click resets', async () => {
  const page = await open(b, `${site.url}?lang=en`, { serviceWorkers: 'block' });
  const first = await box(page, '.editor');
  const border = page.locator('#split--left');
  const at = await border.boundingBox();
  await page.mouse.move(at.x + 4, at.y + 100);
  await page.mouse.down();
  await page.mouse.move(520, at.y + 130, { steps: 5 });
  await page.mouse.up();
  const wide = await box(page, '.editor');
  assert.ok(Math.abs(wide.width - 520) < 8 && wide.width > first.width + 60, `${first.width} → ${wide.width}`);
  assert.equal(await border.getAttribute('aria-valuenow'), '36');
  await page.mouse.move(900, 300);
  assert.equal((await box(page, '.editor')).width, wide.width, 'only while it is held');
  await border.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowRight');
  assert.equal(await border.getAttribute('aria-valuenow'), await border.getAttribute('aria-valuemax'));
  assert.ok((await box(page, '.stage-frame')).width >= 320, 'the stage keeps room');
  await page.keyboard.press('ArrowLeft');
  const low = page.locator('#split--low');
  await low.focus();
  const before = await box(page, '.bottom');
  await page.keyboard.press('ArrowUp');
  assert.ok((await box(page, '.bottom')).height > before.height);
  const kept = [await box(page, '.editor'), await box(page, '.bottom')];
  await page.reload();
  await page.waitForSelector('#workbench');
  assert.deepEqual([await box(page, '.editor'), await box(page, '.bottom')], kept, 'the sizes are kept');
  // The stage is laid out anew.
  await page.waitForFunction(() => Math.abs(document.querySelector('#stage svg').getBoundingClientRect().width - document.querySelector('#stage').clientWidth) < 30);
  for (const id of ['left', 'low']) await page.locator(`#split--${id}`).dblclick({ position: id === 'left' ? { x: 4, y: 200 } : { x: 200, y: 4 } });
  await page.waitForFunction((w) => Math.abs(document.querySelector('.editor').getBoundingClientRect().width - w) < 2, first.width);
  assert.equal(await page.evaluate(() => document.querySelector('#workbench').style.length), 0);
  await clean(page);
});

test('on a small page there are no borders to move', async () => {
  const page = await open(b, `${site.url}?lang=en`, { viewport: { width: 390, height: 844 }, serviceWorkers: 'block' });
  for (const id of ['left', 'right', 'low']) assert.ok(!await page.locator(`#split--${id}`).isVisible());
  await clean(page);
});

for (const width of [1440, 1024]) {
  test(`nothing in the row of time moves when the past is entered (${width} px)`, async () => {
    const page = await open(b, `${site.url}?lang=en`, { viewport: { width, height: 800 }, serviceWorkers: 'block' });
    await line(page, 'kubectl apply -f http-go-rs.yaml');
    await page.waitForTimeout(2_000);
    const before = [await box(page, '#scrub'), await box(page, '#moments')];
    await page.locator('#scrub').focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('#present').waitFor();
    assert.deepEqual([await box(page, '#scrub'), await box(page, '#moments')], before);
    await line(page, 'kubectl get pods');
    await page.locator('#other-course').waitFor();
    assert.deepEqual([await box(page, '#scrub'), await box(page, '#moments')], before);
    await clean(page);
  });
}

test('the list of what happened closes on Escape anywhere and beside it, and speaks one language', async () => {
  const page = await open(b, `${site.url}?lang=en`, { serviceWorkers: 'block' });
  await page.locator('#step-body .run').first().click();
  await idle(page);
  await page.locator('#lesson .steps li.done').first().waitFor({ state: 'attached' });
  const shown = page.locator('#moments-list');
  await page.locator('#moments').click();
  await shown.waitFor();
  assert.match(await shown.innerText(), /Lesson step passed: Apply the Service and the ReplicaSet/);
  await page.locator('#prompt').focus();
  await page.keyboard.press('Escape');
  await shown.waitFor({ state: 'detached' });
  await page.locator('#moments').click();
  await shown.locator('button').first().focus();
  await page.keyboard.press('Escape');
  await shown.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'moments', 'the keyboard is not lost');
  await page.locator('#moments').click();
  await page.mouse.click(700, 500);
  await shown.waitFor({ state: 'detached' });
  await page.locator('#language').click();
  await page.locator('#moments').click();
  await page.waitForFunction(() => /수업 단계 통과: .*[가-힣]/.test(document.querySelector('#moments-list')?.innerText));
  const words = (await shown.innerText()).split('\n').filter((l) => !l.includes('$') && !/^[\d.]+$/.test(l));
  assert.ok(!words.some((l) => /Lesson|passed|ready/.test(l)), words.join('\n'));
  await clean(page);
});
