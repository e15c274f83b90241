// What a phone at the door keeps: the session's list, and the check-ins that the server has not got yet.
// Each check-in has an entry of its own, so that two tabs cannot overwrite each other; it goes when the server has it.

const WAITING = "check-in:waiting:";
const LIST = "check-in:list:";
const DEVICE = "check-in:device";
const KEEP_LIST = 24 * 3600 * 1000; // ms after the end of its session
const AT_ONCE = 50;
const PATIENCE = 8000; // ms

const here = document.body.dataset;
let token = null;
let running = null;

export const device = localStorage.getItem(DEVICE) ?? newDevice();

function newDevice() {
  const name = crypto.randomUUID();
  localStorage.setItem(DEVICE, name);
  return name;
}

const keysOf = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

/** The check-ins of this session that still wait, the oldest first. */
export function waiting() {
  const rows = keysOf(`${WAITING}${here.session}:`).map((key) => JSON.parse(localStorage.getItem(key)));
  return rows.sort((one, other) => one.scanned_at.localeCompare(other.scanned_at));
}

/** How many wait for sessions other than this page's: [[session, count] …]. */
export function waitingElsewhere() {
  const counts = new Map();
  for (const key of keysOf(WAITING)) {
    const session = key.slice(WAITING.length).split(":")[0];
    if (session !== here.session) counts.set(session, (counts.get(session) ?? 0) + 1);
  }
  return [...counts];
}

/** Keep one check-in until the server has it. Throws where the phone has no room left. */
export function keep(row) {
  localStorage.setItem(`${WAITING}${here.session}:${row.id}`, JSON.stringify(row));
}

const forget = (id) => localStorage.removeItem(`${WAITING}${here.session}:${id}`);

/** The list as it was last fetched, or null: {people, clashes, closed, fetched}. */
export function list() {
  const kept = localStorage.getItem(LIST + here.session);
  return kept && JSON.parse(kept);
}

/** Lists of sessions long over go, names and all; what waits stays. */
export function tidy() {
  for (const key of keysOf(LIST)) {
    if (Date.parse(JSON.parse(localStorage.getItem(key)).ends) + KEEP_LIST < Date.now()) localStorage.removeItem(key);
  }
}

/** Send what waits and fetch the list: "done", "offline", "login" or "refused"; `told(verdicts)` hears the server's. */
export function exchange(told) {
  running ??= attempt(told, true).finally(() => (running = null));
  return running;
}

async function attempt(told, first) {
  try {
    if (!token) keepList(await ask(here.list));
    let rows = waiting();
    if (!rows.length) keepList(await ask(here.list));
    while (rows.length) {
      const answer = await ask(here.sync, { method: "POST", body: JSON.stringify({ rows: rows.slice(0, AT_ONCE) }) });
      Object.keys(answer.kept).concat(answer.unread).forEach(forget);
      keepList(answer);
      told(answer.kept);
      rows = waiting();
    }
    return "done";
  } catch (fault) {
    const stale = fault.message === "refused" && token && first; // a token of an earlier log-in
    if (fault.message !== "offline") token = null;
    if (stale) return attempt(told, false);
    return ["login", "refused"].includes(fault.message) ? fault.message : "offline";
  }
}

async function ask(address, options = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", ...(token && { "X-CSRFToken": token }) };
  const settings = { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE), headers };
  const answer = await fetch(address, { ...settings, ...options }).catch(() => {
    throw new Error("offline");
  });
  if (answer.type === "opaqueredirect") throw new Error("login");
  if (!answer.ok) throw new Error(answer.status >= 500 ? "offline" : "refused");
  return answer.json();
}

function keepList({ token: fresh, people, clashes, closed }) {
  token = fresh;
  const fetched = new Date().toISOString();
  localStorage.setItem(LIST + here.session, JSON.stringify({ people, clashes, closed, fetched, ends: here.ends }));
}

/** Keep this page and its files on the phone. */
export async function keepPage() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(here.worker, { scope: here.scope });
  await navigator.serviceWorker.ready;
  await (await caches.open(here.kept)).add(location.pathname);
}
