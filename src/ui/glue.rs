//! What lies in JavaScript: the editor, the examples and the rest of the app's code, loaded when first needed; files in
//! and out; the words of a failure; drawing many dots by one call.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/static/glue.js")]
extern "C" {
    /// Loads the editor's bundle and makes an editor in `host`; rejects if it can't be had.
    #[wasm_bindgen(js_name = loadEditor, catch)]
    pub async fn load_editor(host: &web_sys::Element, page: &JsValue) -> Result<JsValue, JsValue>;

    /// The handle that [`load_editor`] gives.
    pub type EditorHandle;
    /// Shows a file; the same file with another text changes only what differs.
    #[wasm_bindgen(method)]
    pub fn open(this: &EditorHandle, name: &str, text: &str);
    /// A file got another name; what can be undone goes along.
    #[wasm_bindgen(method)]
    pub fn rename(this: &EditorHandle, from: &str, to: &str);
    /// The lines that differ from the cluster: a JSON list of `{from, to, gone}` with byte offsets.
    #[wasm_bindgen(method)]
    pub fn differences(this: &EditorHandle, json: &str);
    /// Takes the keyboard, the caret at a UTF-16 offset.
    #[wasm_bindgen(method)]
    pub fn focus(this: &EditorHandle, at: u32);
    /// Underlines: a JSON list of `{from, to, severity, message, fixes}` with byte offsets.
    #[wasm_bindgen(method)]
    pub fn problems(this: &EditorHandle, json: &str);
    /// Scrolls to a byte offset.
    #[wasm_bindgen(method)]
    pub fn reveal(this: &EditorHandle, byte: u32);

    /// The text of a lesson in a language (`ko`, `en`).
    #[wasm_bindgen(js_name = lessonText, catch)]
    pub async fn lesson_text(name: &str, language: &str) -> Result<JsValue, JsValue>;
    /// Hands over this module's exports: the rest of the app's code is linked to them.
    #[wasm_bindgen(js_name = keepExports)]
    pub fn keep_exports(exports: JsValue);
    /// Whether all of the app's code is there.
    #[wasm_bindgen(js_name = restIsHere)]
    pub fn rest_is_here() -> bool;
    /// Whether this browser keeps the rest of the code from an earlier visit.
    #[wasm_bindgen(js_name = restIsKept)]
    pub fn rest_is_kept() -> bool;
    /// Fetches the rest of the app's code and links it; at once if it is there, or if the build didn't part it.
    #[wasm_bindgen(js_name = fetchRest, catch)]
    pub async fn fetch_rest() -> Result<JsValue, JsValue>;
    /// The same, blocking. `cargo xtask split` has it called wherever code is reached that isn't there.
    #[wasm_bindgen(js_name = fetchRestNow)]
    pub fn fetch_rest_now();
    /// The text of the gallery's examples; rejects if they can't be had.
    #[wasm_bindgen(js_name = loadExamples, catch)]
    pub async fn load_examples() -> Result<JsValue, JsValue>;
    /// Lets the user choose files; `take(name, text)` gets each, without a text if it is too large.
    #[wasm_bindgen(js_name = pickFiles)]
    pub fn pick_files(take: &JsValue);
    /// Takes files that are dropped on `area`, as [`pick_files`] does.
    #[wasm_bindgen(js_name = dropFiles)]
    pub fn drop_files(area: &web_sys::Element, take: &JsValue);
    /// Saves a text as a file of the user's machine.
    pub fn download(name: &str, text: &str);
    /// Puts a text on the clipboard; gives whether that was possible.
    #[wasm_bindgen(js_name = copyText, catch)]
    pub async fn copy_text(text: &str) -> Result<JsValue, JsValue>;
    /// Whether the page is a small one, as the style sheet has it: one pane at a time.
    #[wasm_bindgen(js_name = isSmall)]
    pub fn is_small() -> bool;
    /// Opens a dialog.
    #[wasm_bindgen(js_name = showDialog)]
    pub fn show_dialog(dialog: &web_sys::Element);
    /// The caret of a text area that has the keyboard, else -1.
    #[wasm_bindgen(js_name = caretOf)]
    pub fn caret_of(area: &web_sys::Element) -> i32;
    /// Whether leaving the page would lose something.
    pub fn guard(on: bool);

    /// Draws dots of one colour.
    pub fn dots(c: &web_sys::CanvasRenderingContext2d, at: &[f32], width: f64, colour: &str);
    /// Draws letters, parted by blanks.
    pub fn letters(c: &web_sys::CanvasRenderingContext2d, at: &[f32], text: &str, colour: &str);

    /// Shows that the app failed, with a detail.
    #[wasm_bindgen(js_name = failed)]
    pub fn failed(detail: &str);
}
