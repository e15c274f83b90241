{% load static %}// Keeps a page at the door and its files, so that it opens with no network. What the network gives comes first, unless
// it takes too long: at a door a network that hangs is worse than none.
"use strict";

const KEPT = "{% block kept %}door-2{% endblock %}";
const PATIENCE = 3000; // ms for the network to answer before what is kept does
const STALLED_FOR = 30000; // ms in which, after that, nothing kept waits for the network again

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
  event.respondWith(answer(event));
});

let stalledUntil = 0;

/** The network's answer; where it is gone, fails or hangs, the kept one. What comes late is kept for the next time. */
async function answer(event) {
  const kept = await caches.open(KEPT);
  const old = await kept.match(event.request, { ignoreSearch: true });
  const coming = fresh(event.request, kept);
  event.waitUntil(coming.catch(() => {}));
  if (!old) return coming;
  if (Date.now() < stalledUntil) return old;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const first = await Promise.race([coming.catch(() => old), late]);
  if (!first) stalledUntil = Date.now() + STALLED_FOR;
  return first && first.status < 500 ? first : old;
}

async function fresh(request, kept) {
  const answered = await fetch(request);
  if (answered.ok) await kept.put(request, answered.clone());
  stalledUntil = 0;
  return answered;
}
