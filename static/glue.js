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
