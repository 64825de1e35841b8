// The YAML editor: CodeMirror 6 in a shadow root (its style sheets are adopted there, so the page's policy can refuse
// inline styles). One state a file, so undo goes on where a tab was left. All texts come from the page.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, insertCompletionText, startCompletion } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyField, historyKeymap, indentWithTab, isolateHistory } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, bracketMatching, indentOnInput, indentService, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, nextDiagnostic, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState, RangeSet, StateEffect, StateField } from '@codemirror/state';
import { EditorView, GutterMarker, drawSelection, gutter, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers, showTooltip } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const fromOutside = Annotation.define();
/** Longest text of what can be undone that is kept. */
const UNDO_MAX = 400_000;

// What Kubernetes says about fields, fetched when the first is asked for: { ServiceSpec: { type: '…' } }
let words;
const said = async (key) => {
  words ??= fetch(new URL('editor-schema.json', import.meta.url)).then((r) => r.json()).catch(() => ({}));
  const [type, field] = key.split('.');
  return (await words)[type]?.[field] ?? '';
};

/** The card of a field: its path and type, what Kubernetes says, the values it takes. */
const card = (field) => {
  const dom = document.createElement('div');
  dom.className = 'cm-doc';
  const add = (tag, text) => { dom.append(Object.assign(document.createElement(tag), { textContent: text })); };
  if (field.path) add('b', field.path);
  if (field.type) add('code', field.type);
  said(field.doc).then((text) => {
    if (text) add('p', text);
    if (field.values?.length) add('code', field.values.join(' | '));
  });
  return dom;
};

// The lines that differ from the cluster: a coloured margin; a click opens the difference.
class Mark extends GutterMarker {
  constructor(index, gone) { super(); this.index = index; this.elementClass = gone ? 'cm-gone' : 'cm-differs'; }
  eq(other) { return other.index === this.index && other.elementClass === this.elementClass; }
}
const setMarks = StateEffect.define();
const marks = StateField.define({
  create: () => RangeSet.empty,
  update: (set, tr) => tr.effects.reduce((s, e) => (e.is(setMarks) ? e.value : s), set.map(tr.changes)),
});

// The card that the keyboard asks for, at the caret until it moves.
const setCard = StateEffect.define();
const cardAtCaret = StateField.define({
  create: () => null,
  update: (shown, tr) => tr.effects.reduce((s, e) => (e.is(setCard) ? e.value : s), tr.docChanged || tr.selection ? null : shown),
  provide: (f) => showTooltip.from(f),
});

const depth = (text) => /^\s*(?:- +)*/.exec(text)[0].length;
const opens = (text) => /(^|\s|-)[^\s#][^#]*:\s*([|>][+-]?\d*)?\s*(#.*)?$/.test(text);
/** By how much the text indents: as the nearest line above that opens a block does. */
const unitOf = (doc, number) => {
  for (let n = number - 1; n >= 1; n--) {
    const [line, next] = [doc.line(n).text, doc.line(n + 1).text];
    const by = opens(line) && next.trim() ? /^\s*/.exec(next)[0].length - depth(line) : 0;
    if (by > 0) return by;
  }
  return 2;
};
/** Where a new line begins: deeper after `key:`, under the first key of a list's item, else as the line before. */
const indent = indentService.of((context, pos) => {
  if (context.simulatedBreak == null) return undefined;
  const { text } = context.lineAt(pos, -1);
  const lead = /^\s*/.exec(text)[0].length;
  if (opens(text)) return depth(text) + unitOf(context.state.doc, context.state.doc.lineAt(pos).number);
  const item = /^\s*- +\S/.test(text);
  return item && /^\s*(?:- +)+[^\s"'{[][^:]*:(\s|$)/.test(text) ? depth(text) : lead;
});

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--panel)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--ink-3)', border: 'none' },
  '.cm-cluster': { width: '5px', cursor: 'pointer' },
  '.cm-cluster .cm-differs': { backgroundColor: 'var(--warn)' },
  '.cm-cluster .cm-gone': { borderBottom: '3px solid var(--bad)' },
  '.cm-doc': { padding: '6px 10px', fontFamily: 'var(--sans)', maxWidth: '420px', whiteSpace: 'normal' },
  '.cm-doc b': { marginRight: '8px' },
  '.cm-doc code': { fontFamily: 'var(--mono)', color: 'var(--ink-2)' },
  '.cm-doc p': { margin: '4px 0' },
  // Where the page is low the beginning has to do; F1 tells the rest.
  '@media (max-height: 560px)': {
    '.cm-completionInfo .cm-doc p': { display: '-webkit-box', '-webkit-box-orient': 'vertical', '-webkit-line-clamp': '5', overflow: 'hidden' },
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--sunken)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--accent-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line-strong)', borderRadius: '6px', maxWidth: 'min(420px, 80vw)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--accent)', color: 'var(--panel)' },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', padding: '6px 10px', borderLeftWidth: '3px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-diagnosticAction': { backgroundColor: 'var(--accent)', color: 'var(--panel)', borderRadius: '4px', padding: '2px 8px' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px solid var(--bad)' },
  '.cm-lintRange-warning': { backgroundImage: 'none', borderBottom: '2px dashed var(--warn)' },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.content], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: 'var(--ink-2)' },
]);

/**
 * @param {HTMLElement} host  where the editor goes
 * @param {{label: string, leave: string, undo: string, change: (text: string) => void, apply: () => void, fix: (index: number, action: number) => void,
 *   complete: (text: string, at: number) => string, hover: (text: string, at: number) => string, differs: () => void}} page
 *   `undo` names the entry of the browser's storage that keeps what can be undone; empty for none
 */
export function createEditor(host, page) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const states = new Map();
  let shown = null;
  // Texts that the page was told and has not shown again yet: what it shows meanwhile is older than what is typed.
  let told = [];

  // What may follow a field is offered at once.
  const accept = (text) => (view, _, from, to) => {
    view.dispatch(insertCompletionText(view.state, text, from, to));
    startCompletion(view);
  };
  const complete = (context) => {
    const word = context.matchBefore(/[\w./-]*/);
    if (!context.explicit && (!word || word.from === word.to)) return null;
    const options = JSON.parse(page.complete(context.state.doc.toString(), context.pos) || '[]');
    for (const o of options) {
      if (o.doc) o.info = () => card({ ...o, type: o.detail });
      if (o.apply) o.apply = accept(o.apply);
    }
    return options.length ? { from: word?.from ?? context.pos, options, validFor: /^[\w./-]*$/ } : null;
  };
  const field = (view, at) => JSON.parse(page.hover(view.state.doc.toString(), at));
  const hover = hoverTooltip((view, at) => {
    const f = field(view, at);
    return f && { pos: f.from, end: f.to, above: true, create: () => ({ dom: card(f) }) };
  });
  const tell = (view) => {
    const line = view.state.doc.lineAt(view.state.selection.main.head);
    const f = field(view, line.from + line.text.search(/[^\s-]|$/));
    if (f) view.dispatch({ effects: setCard.of({ pos: f.from, above: true, create: () => ({ dom: card(f) }) }) });
    return true;
  };

  const extensions = [
    marks, cardAtCaret, hover,
    gutter({
      class: 'cm-cluster', markers: (view) => view.state.field(marks),
      domEventHandlers: { click: () => { page.differs(); return true; } },
    }),
    lineNumbers(), highlightActiveLineGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of('  '), indent,
    bracketMatching(), closeBrackets(), highlightActiveLine(), yaml(), syntaxHighlighting(colours), theme, lintGutter(),
    autocompletion({ override: [complete], icons: false }), EditorState.tabSize.of(2),
    // Many lines that come in one piece, but not by pasting (dictation, an input method, a tool): the browser would put them
    // into its document line by line and take seconds.
    EditorView.domEventHandlers({
      beforeinput: (e, view) => {
        if (e.inputType !== 'insertText' || !e.data?.includes('\n') || view.composing) return false;
        view.dispatch(view.state.replaceSelection(e.data), { userEvent: 'input.paste', scrollIntoView: true });
        e.preventDefault();
        return true;
      },
    }),
    // Text that can be edited can be focused; the index says so to those who ask for it.
    EditorView.contentAttributes.of({ 'aria-label': page.label, 'aria-description': page.leave, tabindex: '0' }),
    keymap.of([
      { key: 'Mod-Enter', run: () => { page.apply(); return true; } },
      { key: 'F1', run: tell },
      { key: 'F8', run: nextDiagnostic },
      // Escape, then Tab leaves the editor: the keyboard is never caught in it. Who goes on typing indents again.
      { key: 'Escape', run: (view) => { view.setTabFocusMode(true); return true; } },
      ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged || update.focusChanged) update.view.setTabFocusMode(false);
      if (update.docChanged) keepSoon();
      if (update.docChanged && !update.transactions.some((t) => t.annotation(fromOutside))) {
        const text = update.state.doc.toString();
        told.push(text);
        page.change(text);
      }
    }),
  ];
  let kept = {};
  try { kept = JSON.parse((page.undo && localStorage.getItem(page.undo)) || '{}'); } catch { /* storage is refused */ }
  /** A file's state: as it was left, also before a reload, or afresh. */
  const stateOf = (name, text) => {
    const left = states.get(name);
    if (left?.doc.toString() === text) return left;
    if (kept[name]?.doc === text) {
      try { return EditorState.fromJSON(kept[name], { extensions }, { history: historyField }); } catch { /* of another version */ }
    }
    return EditorState.create({ doc: text, extensions });
  };
  const keep = () => {
    if (!page.undo) return;
    if (shown !== null) kept[shown] = view.state.toJSON({ history: historyField });
    const text = JSON.stringify(kept);
    // What can be undone gives way to the files themselves.
    if (text.length > UNDO_MAX) kept = {};
    else try { localStorage.setItem(page.undo, text); } catch { /* no room */ }
  };
  let timer = 0;
  const keepSoon = () => { clearTimeout(timer); timer = setTimeout(keep, 400); };
  addEventListener('pagehide', keep);
  const view = new EditorView({ state: EditorState.create({ extensions }), parent: root, root });

  // The page counts bytes of UTF-8, the editor units of UTF-16. Places mostly come in order: counting goes on from the last.
  const counter = (text) => {
    let bytes = 0, at = 0;
    return (byte) => {
      if (byte < bytes) bytes = at = 0;
      while (bytes < byte && at < text.length) {
        const p = text.codePointAt(at);
        bytes += p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
        at += p < 0x10000 ? 1 : 2;
      }
      return at;
    };
  };

  // While a syllable is composed nothing but the keyboard touches the text: what is drawn around it waits.
  const waiting = new Map();
  const settled = (key, draw) => {
    if (!view.composing) { draw(); return; }
    if (!waiting.size) view.contentDOM.addEventListener('compositionend', () => setTimeout(() => {
      for (const late of waiting.values()) late();
      waiting.clear();
    }), { once: true });
    waiting.set(key, draw);
  };

  return {
    open(name, text) {
      // What was typed before the page had told the file's name.
      if (shown === '') shown = name;
      if (shown === name) {
        const at = told.lastIndexOf(text);
        if (at >= 0) told = told.slice(at + 1);
        if (at >= 0 && told.length) return;
        told = [];
        const old = view.state.doc.toString();
        if (old === text) return;
        // Only what differs is replaced: the caret and the undo history stay.
        let from = 0, end = 0;
        while (from < old.length && from < text.length && old[from] === text[from]) from++;
        while (end < old.length - from && end < text.length - from && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
        view.dispatch({ changes: { from, to: old.length - end, insert: text.slice(from, text.length - end) }, annotations: [fromOutside.of(true), isolateHistory.of('full')] });
        return;
      }
      if (shown !== null) { states.set(shown, view.state); keep(); }
      told = [];
      view.setState(stateOf(name, text));
      shown = name;
    },
    /** A file got another name: what can be undone goes along. */
    rename(from, to) {
      if (shown === from) shown = to;
      for (const [get, set, drop] of [[(n) => states.get(n), (n, v) => states.set(n, v), (n) => states.delete(n)],
        [(n) => kept[n], (n, v) => { kept[n] = v; }, (n) => { delete kept[n]; }]]) {
        if (get(from)) set(to, get(from));
        drop(from);
      }
    },
    /** Lines that differ from the cluster: [{ from, to, gone }], in bytes. */
    differences(json) {
      settled('differences', () => {
        const utf16 = counter(view.state.doc.toString());
        const lines = new Map();
        for (const [index, d] of JSON.parse(json).entries()) {
          const first = view.state.doc.lineAt(utf16(d.from)).number;
          const last = view.state.doc.lineAt(utf16(Math.max(d.from, d.to - 1))).number;
          for (let n = first; n <= last; n++) if (!lines.get(n) || !d.gone) lines.set(n, new Mark(index, d.gone));
        }
        const ranges = [...lines].sort(([a], [b]) => a - b).map(([n, mark]) => mark.range(view.state.doc.line(n).from));
        view.dispatch({ effects: setMarks.of(RangeSet.of(ranges)) });
      });
    },
    problems(json) {
      settled('problems', () => {
        const utf16 = counter(view.state.doc.toString());
        const list = JSON.parse(json).map((p, index) => {
          const from = utf16(p.from);
          return {
            from, to: Math.max(from, utf16(p.to)), severity: p.severity, message: p.message,
            actions: p.fixes.map((name, action) => ({ name, apply: () => page.fix(index, action) })),
          };
        });
        view.dispatch(setDiagnostics(view.state, list));
      });
    },
    reveal(byte) {
      const at = counter(view.state.doc.toString())(byte);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
    /** Takes the keyboard over from the text area, at its caret. */
    focus(at) { view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) } }); view.focus(); },
    destroy() { view.destroy(); },
  };
}
