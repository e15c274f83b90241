{% load static %}// Keeps the door page and its files, so that it opens with no network. What the network gives comes first.
"use strict";

const KEPT = "door-1";
const FILES = [
  "{% url 'tickets:door' %}",
  "{% static 'css/tokens.css' %}",
  "{% static 'css/door.css' %}",
  "{% static 'img/mark.svg' %}",
  "{% static 'js/door.js' %}",
  "{% static 'vendor/jsqr/jsQR.js' %}",
  "{% static 'vendor/noble-ed25519/index.js' %}",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  event.respondWith(answer(event.request));
});

async function answer(request) {
  const kept = await caches.open(KEPT);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await kept.put(request, fresh.clone());
    return fresh;
  } catch (offline) {
    const old = await kept.match(request, { ignoreSearch: true });
    if (old) return old;
    throw offline;
  }
}
