// The YAML editor: CodeMirror 6 in a shadow root (its style sheets are adopted there, so the page's policy can refuse
// inline styles). One state a file, so undo goes on where a tab was left. All texts come from the page.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const fromOutside = Annotation.define();

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--panel)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--ink-3)', border: 'none' },
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
 * @param {{label: string, change: (text: string) => void, apply: () => void, fix: (index: number, action: number) => void, complete: (text: string, at: number) => string}} page
 */
export function createEditor(host, page) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const states = new Map();
  let shown = null;

  const complete = (context) => {
    const word = context.matchBefore(/[\w./-]*/);
    if (!context.explicit && (!word || word.from === word.to)) return null;
    const options = JSON.parse(page.complete(context.state.doc.toString(), context.pos) || '[]');
    return options.length ? { from: word?.from ?? context.pos, options, validFor: /^[\w./-]*$/ } : null;
  };

  const extensions = [
    lineNumbers(), highlightActiveLineGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of('  '),
    bracketMatching(), closeBrackets(), highlightActiveLine(), yaml(), syntaxHighlighting(colours), theme, lintGutter(),
    autocompletion({ override: [complete] }), EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ 'aria-label': page.label }),
    keymap.of([
      { key: 'Mod-Enter', run: () => { page.apply(); return true; } },
      // Escape, then Tab leaves the editor: the keyboard is never caught in it.
      { key: 'Escape', run: (view) => { view.contentDOM.blur(); host.focus(); return true; } },
      ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !update.transactions.some((t) => t.annotation(fromOutside))) page.change(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ state: EditorState.create({ extensions }), parent: root, root });

  const utf16 = (text, byte) => {
    // The page counts bytes of UTF-8, the editor units of UTF-16.
    let bytes = 0, at = 0;
    for (const c of text) {
      if (bytes >= byte) break;
      const p = c.codePointAt(0);
      bytes += p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
      at += c.length;
    }
    return at;
  };

  return {
    open(name, text) {
      if (shown === name) {
        const old = view.state.doc.toString();
        if (old === text) return;
        // Only what differs is replaced: the caret and the undo history stay.
        let from = 0, end = 0;
        while (from < old.length && from < text.length && old[from] === text[from]) from++;
        while (end < old.length - from && end < text.length - from && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
        view.dispatch({ changes: { from, to: old.length - end, insert: text.slice(from, text.length - end) }, annotations: fromOutside.of(true) });
        return;
      }
      if (shown !== null) states.set(shown, view.state);
      const kept = states.get(name);
      view.setState(kept && kept.doc.toString() === text ? kept : EditorState.create({ doc: text, extensions }));
      shown = name;
    },
    forget(name) { states.delete(name); if (shown === name) shown = null; },
    problems(json) {
      const text = view.state.doc.toString();
      const list = JSON.parse(json).map((p, index) => {
        const from = utf16(text, p.from);
        return {
          from, to: Math.max(from, utf16(text, p.to)), severity: p.severity, message: p.message,
          actions: p.fixes.map((name, action) => ({ name, apply: () => page.fix(index, action) })),
        };
      });
      view.dispatch(setDiagnostics(view.state, list));
    },
    reveal(byte) {
      const at = utf16(view.state.doc.toString(), byte);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    },
    focus() { view.focus(); },
    destroy() { view.destroy(); },
  };
}
