// Reads an admission ticket's code and proves its signature, without a network.
// The bytes are described in exams/tickets/payload.py; what that refuses is refused here.
import { verifyAsync } from "../vendor/noble-ed25519/index.js";

const PURPOSE = new TextEncoder().encode("admission-ticket-1\n");
const SIGNATURE_BYTES = 64;
const LONGEST = 2000;

export const SUBJECTS = { t: "理论知识", p: "操作技能", r: "综合评审" };
export const publicKeys = JSON.parse(document.getElementById("public-keys").textContent);

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function textOf(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** What was scanned is an address of the door page with the payload behind #, or the payload alone. */
export const payloadOf = (scanned) => scanned.slice(scanned.indexOf("#") + 1);

/** The ticket a code says, or null where it is not one of ours, to the bit. */
export async function read(text, keys = publicKeys) {
  if (text.length > LONGEST || !/^[\w-]+$/.test(text)) return null;
  try {
    const raw = bytesOf(text);
    if (textOf(raw) !== text) return null;
    const body = raw.slice(0, -SIGNATURE_BYTES);
    const content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (!Object.hasOwn(keys, content[0])) return null;
    const signed = new Uint8Array([...PURPOSE, ...body]);
    const genuine = await verifyAsync(raw.slice(-SIGNATURE_BYTES), signed, bytesOf(keys[content[0]]), { zip215: false });
    if (!genuine) return null;
    const [, number, version, name, tail, , sittings, expires] = content;
    return { number, version, name, tail, sittings, expires: new Date(expires * 60000) };
  } catch {
    return null;
  }
}
