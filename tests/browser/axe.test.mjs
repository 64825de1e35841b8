// axe-core looks at every state of the page, in both themes, each in one language, and at every size. What it can't see
// in a drawing is asked by hand: that the names of things hold what is written on them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { browser, serve } from './harness.mjs';
import { LOOKS } from './pictures.mjs';
import { WALKS } from './states.mjs';
import { still } from './still.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG's levels A and AA up to 2.2, and that what is read aloud holds what is written. */
const RULES = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: {
    'target-size': { enabled: true },
    'label-content-name-mismatch': { enabled: true },
    // An application's panes are regions by their names; headings are the lesson's and the request's own.
    region: { enabled: false }, 'heading-order': { enabled: false }, 'page-has-heading-one': { enabled: false },
  },
  resultTypes: ['violations'],
  elementRef: true,
};
const SIZES = [[1440, 900], [1024, 768], [390, 844]];

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

/** In the page: starts axe; what it finds comes to `globalThis.looked`, a line an element. */
async function look(rules) {
  globalThis.looked = null;
  try {
    const { violations } = await axe.run(document, rules);
    // Texts of a drawing stand beside each other without a blank, which axe takes for one word.
    const drawn = (v, n) => v.id === 'label-content-name-mismatch' && n.element?.closest('#stage');
    globalThis.looked = violations.flatMap((v) => v.nodes.filter((n) => !drawn(v, n)).map((n) => `${v.id}: ${n.target.join(' ')} ${n.html.slice(0, 160)}`));
  } catch (e) {
    globalThis.looked = [String(e)];
  }
}

/**
 * In the page: things on the stage whose name lacks a word of what is written on them, cut ones as far as they go.
 */
const unnamed = () => [...document.querySelectorAll('#stage g[role=button]')].flatMap((g) => {
  const name = g.getAttribute('aria-label');
  const words = [...g.querySelectorAll('text:not(.mark-text)')].flatMap((t) => t.textContent.split(/[\s:·…⚠▸▾/+✕]+/));
  return words.filter((w) => !name.includes(w)).map((w) => `not in its name: ${w} (${name})`);
});

/** What is wrong with the page as it is. */
async function found(page) {
  await page.evaluate((rules) => { look(rules); }, RULES);
  // axe waits now and then; the page's clock stands unless it is let go on.
  let result = null;
  for (let i = 0; i < 300 && !result; i++) {
    await page.pass(1);
    result = await page.evaluate(() => globalThis.looked);
  }
  assert.ok(result, 'axe has not ended');
  return [...result, ...await page.evaluate(unnamed)];
}

describe('axe finds nothing', { concurrency: 2 }, () => {
  for (const [w, walk] of WALKS.entries()) {
    for (const [s, [width, height]] of (walk.sizes ?? SIZES).entries()) {
      // The widest in two looks, the others in one: so each state is seen in either theme.
      const looks = s === 0 ? LOOKS.slice(0, 2) : [LOOKS[(w + s) % 4]];
      for (const [lang, theme] of looks) {
        test(`from ${walk.states[0][0]} to ${walk.states.at(-1)[0]}, ${width} px wide, ${theme}, ${lang}`, async () => {
          const url = `${site.url}?lang=${lang}&theme=${theme}${walk.query ?? ''}`;
          const page = await still(b, url, { viewport: { width, height }, before: `${AXE}; globalThis.look = ${look}`, ...walk.options });
          const all = [];
          for (const [name, reach] of walk.states) {
            await reach(page);
            for (const line of await found(page)) if (!all.some((known) => known.endsWith(line))) all.push(`${name}: ${line}`);
          }
          assert.deepEqual(all, []);
          assert.deepEqual(page.complaints, []);
          await page.context().close();
        });
      }
    }
  }
});
