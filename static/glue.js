// The few things that are easier said in JavaScript.
export async function loadEditor(host, page) {
  const { createEditor } = await import(new URL('./editor.js', document.baseURI).href);
  return createEditor(host, page);
}
export async function lessonText(name, language) {
  const answer = await fetch(`./lessons/${name}.${language}.md`);
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  return answer.text();
}
/** The gallery's examples: the text of a list of [name, Korean, English, command, YAML]. */
export async function loadExamples() {
  const response = await fetch(new URL('./editor-examples.json', document.baseURI));
  if (!response.ok) throw new Error(`${response.status}`);
  return response.text();
}
/** Files that can't be a manifest are not read. */
const LARGEST = 300_000;
const read = async (files, take) => {
  for (const file of files) take(file.name, file.size > LARGEST ? null : await file.text());
};
/** Lets the user choose files; `take(name, text)` gets each, without a text if it is too large. */
export function pickFiles(take) {
  const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true, accept: '.yaml,.yml,.json,.txt' });
  input.onchange = () => read(input.files, take);
  input.click();
}
/** Files that are dropped anywhere on `area` are taken; the editor would put them into the text. */
export function dropFiles(area, take) {
  const has = (e) => e.dataTransfer?.types.includes('Files');
  area.addEventListener('dragover', (e) => { if (has(e)) { e.preventDefault(); area.classList.add('dropping'); } }, true);
  area.addEventListener('dragleave', (e) => { if (!area.contains(e.relatedTarget)) area.classList.remove('dropping'); }, true);
  area.addEventListener('drop', (e) => {
    area.classList.remove('dropping');
    if (!has(e)) return;
    e.preventDefault();
    e.stopPropagation();
    read(e.dataTransfer.files, take);
  }, true);
}
/** Saves a text as a file of the user's machine. */
export function download(name, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
/** Puts a text on the clipboard, in the old way where the new one is refused; gives whether that was possible. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const [area, before] = [Object.assign(document.createElement('textarea'), { value: text, className: 'sr' }), document.activeElement];
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    before?.focus();
    return done;
  }
}
/** Whether the page is a small one: `boot.js` says so, for the style sheet as well. */
export function isSmall() {
  return document.documentElement.classList.contains('small');
}
/** Opens a dialog; its own closing is the browser's. */
export function showDialog(dialog) {
  if (!dialog.open) dialog.showModal();
}
/** The caret of the text area, if the keyboard is in it. */
export function caretOf(area) {
  return document.activeElement === area ? area.selectionStart : -1;
}
/** Rows of tabs: arrow keys go from tab to tab, Home and End to the ends; Tab passes the row by. */
addEventListener('keydown', (e) => {
  const tab = e.target.closest?.('[role=tab]');
  if (!tab) return;
  const tabs = [...tab.closest('[role=tablist]').querySelectorAll('[role=tab]')];
  const at = tabs.indexOf(tab), last = tabs.length - 1;
  const to = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[e.key];
  if (to === undefined) return;
  e.preventDefault();
  tabs[to].focus();
  tabs[to].click();
});
/** What the keyboard is in, outwards, and what comes before it. When that is taken away, the keyboard goes to the nearest thing that is still there. */
let around = [];
let before = [];
const REACHED = 'button, a, input, select, textarea, [tabindex]';
/** Whether a key is held: what it began on one thing it shall not end on another. */
let held = false;
const seen = (n) => n.isConnected && n.getClientRects().length > 0;
const keepFocus = () => {
  if (held || !around.length || document.activeElement !== document.body || !document.hasFocus() || seen(around[0])) return;
  const within = around.filter((n) => seen(n) && !['workbench', 'app'].includes(n.id)).map((n) => [...n.querySelectorAll(REACHED)].find(seen));
  (within.find(Boolean) ?? before.findLast((n) => seen(n) && n.tabIndex >= 0))?.focus();
};
addEventListener('focusin', (e) => {
  around = [];
  for (let n = e.target; n && n !== document.body; n = n.parentElement) around.push(n);
  const all = [...document.querySelectorAll(REACHED)];
  before = all.slice(0, all.indexOf(e.target));
});
addEventListener('pointerdown', () => { around = []; });
addEventListener('keydown', () => { held = true; }, true);
addEventListener('keyup', () => { held = false; keepFocus(); }, true);
new MutationObserver(keepFocus).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-pane', 'hidden'] });
let unsaved = false;
addEventListener('beforeunload', (e) => { if (unsaved) e.preventDefault(); });
/** Whether leaving the page would lose something. */
export function guard(on) {
  unsaved = on;
}
export function failed(detail) {
  window.kubeglassFailed?.(detail);
}

// The rest of the app's code, which the build parted from what shows a cluster at rest (`#app` says where it lies; a
// development build is whole). It is linked to the exports of what is already there.
let first;
let coming;
const rest = () => document.getElementById('app')?.dataset.rest;
const link = (module) => { if (!restIsHere()) new WebAssembly.Instance(module, { first }); };

export function keepExports(exports) {
  first = exports;
}
export function restIsHere() {
  return !rest() || first.fetched?.value === 1;
}
// Whether this browser has it from an earlier visit.
export function restIsKept() {
  return Boolean(navigator.serviceWorker?.controller);
}
export function fetchRest() {
  if (restIsHere()) return Promise.resolve();
  coming ??= WebAssembly.compileStreaming(fetch(rest())).then(link).catch((why) => { coming = undefined; throw why; });
  return coming;
}
// Called where code is reached that has not been fetched: this can't wait, so it asks in a way that blocks.
export function fetchRestNow() {
  if (restIsHere()) return;
  console.warn('kubeglass: fetching the rest of the code at once');
  const ask = new XMLHttpRequest();
  ask.open('GET', rest(), false);
  ask.overrideMimeType('text/plain; charset=x-user-defined');
  ask.send();
  if (ask.status !== 200) throw new Error(`${rest()}: ${ask.status}`);
  link(new WebAssembly.Module(Uint8Array.from(ask.responseText, (c) => c.charCodeAt(0))));
}
/** Dots of one colour at `at` (x, y, x, y …): lines of no length with round ends, which is a canvas's cheapest circle. */
export function dots(c, at, width, colour) {
  c.lineWidth = width;
  c.strokeStyle = colour;
  c.beginPath();
  for (let i = 0; i < at.length; i += 2) {
    c.moveTo(at[i], at[i + 1]);
    c.lineTo(at[i] + 0.01, at[i + 1]);
  }
  c.stroke();
}
/** Letters, parted by blanks, at `at`. */
export function letters(c, at, text, colour) {
  c.fillStyle = colour;
  const all = text.split(' ');
  for (let i = 0; 2 * i < at.length; i++) c.fillText(all[i], at[2 * i], at[2 * i + 1]);
}
