// Shows in plain words that the app could not start or hit a bug, and keeps the learner's text at hand.
// Also registers the service worker, so that the site works without network after one visit, and marks a small page (a
// phone, or an embed of any size), for which the style sheet has one pane at a time.
(() => {
  const narrow = matchMedia('(max-width: 759px)');
  const embed = !['0', 'false', null].includes(new URLSearchParams(location.search).get('embed'));
  const size = () => document.documentElement.classList.toggle('small', embed || narrow.matches);
  narrow.addEventListener('change', size);
  size();
  const show = (detail) => {
    const box = document.getElementById('failure');
    if (!box || !box.hidden) return;
    box.hidden = false;
    document.getElementById('failure-detail').textContent = String(detail ?? '');
    document.getElementById('failure-reload').onclick = () => location.reload();
    document.getElementById('failure-text').onclick = () => {
      const files = document.getElementById('failure-files');
      files.hidden = false;
      let text = '';
      try { text = localStorage.getItem('kubeglass.files') ?? ''; } catch { /* storage is refused */ }
      files.textContent = text;
    };
  };
  window.kubeglassFailed = show;
  addEventListener('error', (e) => { if (e.message) show(`${e.message}`); });
  addEventListener('unhandledrejection', (e) => show(e.reason));
  if (typeof WebAssembly !== 'object') addEventListener('DOMContentLoaded', () => show('WebAssembly'));
  if ('serviceWorker' in navigator && window.isSecureContext) {
    addEventListener('load', () => navigator.serviceWorker.register('sw.js').catch(() => { /* no offline use */ }));
  }
})();
