//! What lies in JavaScript: loading the editor and the rest of the app's code when they are first needed, the words of a
//! failure, and drawing many dots by one call.

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
    /// Forgets a file's undo history.
    #[wasm_bindgen(method)]
    pub fn forget(this: &EditorHandle, name: &str);
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

    /// Draws dots of one colour.
    pub fn dots(c: &web_sys::CanvasRenderingContext2d, at: &[f32], width: f64, colour: &str);
    /// Draws letters, parted by blanks.
    pub fn letters(c: &web_sys::CanvasRenderingContext2d, at: &[f32], text: &str, colour: &str);

    /// Shows that the app failed, with a detail.
    #[wasm_bindgen(js_name = failed)]
    pub fn failed(detail: &str);
}
