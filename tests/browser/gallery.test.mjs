// The page looks as it did: every state at two sizes, next to the references that `cargo xtask gallery --update` made.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browser, serve } from './harness.mjs';
import { bench, walkThrough, walks } from './pictures.mjs';
import { WALKS } from './states.mjs';

let b, site, table;
before(async () => {
  [b, site] = [await browser(), await serve()];
  table = await bench(b);
});
after(async () => { await b?.close(); await site?.close(); });

describe('the page looks as it did', { concurrency: 2 }, () => {
  // The session at two sizes, all else at one: half a minute.
  for (const w of walks().filter((w) => w.width === 1440 || w.walk.sizes || (w.width === 390 && w.walk === WALKS[0]))) {
    test(`from ${w.walk.states[0][0]} to ${w.walk.states.at(-1)[0]}, ${w.width} px wide`, async () => {
      const other = [];
      await walkThrough(b, site, w, w.look, async (name, picture, width) => { other.push(await table.differs(name, picture, width)); });
      assert.deepEqual(other.filter(Boolean), []);
    });
  }
});
