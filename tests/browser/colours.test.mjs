// Contrast of the style sheet's colours, in both themes, where axe can't look: in the drawing and on the canvas. WCAG
// asks for 4.5 between a text and its ground, and for 3 between what a shape says and its ground.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './harness.mjs';

const css = await readFile(join(root, 'static/style.css'), 'utf8');
/** The tokens of a block: names with `#rrggbb`. */
const tokens = (head) => {
  const from = css.indexOf(head);
  assert.ok(from >= 0, `${head} is not in the style sheet`);
  const block = css.slice(from, css.indexOf('}', from));
  return Object.fromEntries([...block.matchAll(/--([\w-]+): #([0-9a-f]{3,6})\b/g)]
    .map(([, name, hex]) => [name, hex.length === 3 ? [...hex].map((c) => c + c).join('') : hex]));
};
const light = tokens(':root {');
const THEMES = { light, dark: { ...light, ...tokens(':root[data-theme="dark"] {') } };

const luminance = (hex) => {
  const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
};

const PODS = Array.from({ length: 6 }, (_, i) => `pod-${i}`);
const GROUNDS = ['bg', 'panel', 'sunken'];
/** [what is written, on which grounds] */
const TEXTS = [
  // Letters in marks, dots and swatches; a failed dot's cross; the ports on doors; buttons that are filled.
  ...PODS.map((pod) => ['panel', [pod]]), ['panel', ['bad', 'accent']],
  ['ink', [...GROUNDS, 'accent-soft', 'warn-soft', 'bad-soft']], ['ink-2', [...GROUNDS, 'accent-soft', 'warn-soft']], ['ink-3', ['panel', 'bg']],
  // Ribbons, what is wrong, lit rules and those that reject, links and states.
  ['accent', [...GROUNDS, 'accent-soft']], ['warn', ['panel', 'warn-soft', 'bg']], ['bad', [...GROUNDS, 'bad-soft']], ['ok', GROUNDS],
  ['code-number', ['panel', 'sunken']],
];
/** [what is drawn, on which grounds] */
const SHAPES = [
  // Pods' frames and dots, and the same in a Pod that starts.
  ...PODS.map((pod) => [pod, GROUNDS]), ['bad', GROUNDS],
  // The ring of the focus; clients, shut doors and fields; ticks of the timeline.
  ['accent', [...GROUNDS, 'accent-soft', 'warn-soft']], ['line-strong', ['panel', 'bg']], ['ok', ['panel']], ['warn', ['panel']], ['ink-3', ['panel']],
];

for (const [theme, colours] of Object.entries(THEMES)) {
  test(`texts and shapes stand out from their grounds (${theme})`, () => {
    const faint = [];
    for (const [pairs, least] of [[TEXTS, 4.5], [SHAPES, 3]]) {
      for (const [what, grounds] of pairs) {
        for (const ground of grounds) {
          assert.ok(colours[what] && colours[ground], `${what} or ${ground} is no token`);
          const ratio = contrast(colours[what], colours[ground]);
          if (ratio < least) faint.push(`${what} on ${ground}: ${ratio.toFixed(2)} of ${least}`);
        }
      }
    }
    assert.deepEqual(faint, []);
  });
}
