/**
 * The service worker: keeps static files for when the dashboard cannot be reached, and nothing else.
 * Readings, pages and answers are never kept: what is old must not look like now.
 */
const CACHE = 'reflexmat-static';
const AWAY = '/static/away.html';
const KEPT = [AWAY, '/static/tokens.css', '/static/kit.css', '/static/mark.svg', '/static/favicon.svg'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (pathname.startsWith('/static/')) event.respondWith(fresh(request));
  else if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => caches.match(AWAY)));
});

/** The server's file if it can be had: a new version must not meet files of the old one. */
async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request);
    if (!kept) throw error;
    return kept;
  }
}
