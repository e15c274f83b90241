{% load static %}// Keeps a page at the door and its files, so that it opens with no network. What the network gives comes first.
"use strict";

const KEPT = "{% block kept %}door-2{% endblock %}";
// What a module imports goes by its plain name, whatever name the page's own files have been given.
const FILES = [
{% block files %}  "{% url 'tickets:door' %}",
  "{% static 'css/tokens.css' %}",
  "{% static 'css/door.css' %}",
  "{% static 'img/mark.svg' %}",
  "{% static 'js/door.js' %}",
{% endblock %}  "{% static 'vendor/jsqr/jsQR.js' %}",
  "{% get_static_prefix %}js/scanner.js",
  "{% get_static_prefix %}js/ticket-code.js",
  "{% get_static_prefix %}vendor/noble-ed25519/index.js",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  // What a page asks for with no-store is for that page alone: nobody's name is kept here.
  if (event.request.method !== "GET" || event.request.cache === "no-store" || address.origin !== location.origin) return;
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
