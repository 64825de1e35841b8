// Everything of one version is fetched at the first visit and served from its own cache; a new version waits in a
// cache of its own until no page of the old one is open, so an open page never mixes the two.
const VERSION = 'BUILD-VERSION';
const FILES = ['BUILD-FILES'];
const CACHE = `kubeglass-${VERSION}`;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((f) => new Request(f, { cache: 'reload' })))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const key of await caches.keys()) {
      if (key.startsWith('kubeglass-') && key !== CACHE) await caches.delete(key);
    }
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    const page = event.request.mode === 'navigate';
    const hit = page ? await cache.match('./index.html') : await cache.match(event.request, { ignoreSearch: true });
    return hit ?? fetch(event.request);
  })());
});
