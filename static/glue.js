// The few things that are easier said in JavaScript.
export async function loadEditor(host, page) {
  const { createEditor } = await import(new URL('./editor.js', document.baseURI).href);
  return createEditor(host, page);
}
export function failed(detail) {
  window.kubeglassFailed?.(detail);
}
