//! What lies in JavaScript: loading the editor when it is first needed, and the words of a failure.

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

    /// Shows that the app failed, with a detail.
    #[wasm_bindgen(js_name = failed)]
    pub fn failed(detail: &str);
}
