// Checks an admission ticket's code: signature and expiry here, without a network; whether it still stands, by asking.
// The bytes are described in exams/tickets/payload.py; what that refuses is refused here.
import { verifyAsync } from "../vendor/noble-ed25519/index.js";

const PURPOSE = new TextEncoder().encode("admission-ticket-1\n");
const SIGNATURE_BYTES = 64;
const LONGEST = 2000;
// Longest side looked at, in pixels: a camera must be quick; a picture of the whole ticket needs each of its pixels.
const CAMERA_SIDE = 1200;
const PICTURE_SIDE = 2400;
const PATIENCE = 4000; // ms for the server; then the answer is the signature's alone
const SUBJECTS = { t: "理论知识", p: "操作技能", r: "综合评审" };
const STANDING = {
  valid: ["valid", "有效", "签名无误，是当前版本。"],
  superseded: ["refused", "已被新版替换", "这一版不能再用，请考生出示最新一版。"],
  void: ["refused", "已作废", "请考生联系考务人员。"],
  unknown: ["refused", "查无此证", "签名无误，但系统中没有这张准考证，请联系考务人员。"],
};

const publicKeys = JSON.parse(document.getElementById("public-keys").textContent);
const element = (id) => document.getElementById(id);

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function textOf(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

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

async function standingOf(text) {
  try {
    const answer = await fetch(document.body.dataset.status, {
      method: "POST",
      body: new URLSearchParams({ code: text }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    return answer.ok ? (await answer.json()).state : null;
  } catch {
    return null;
  }
}

function say(kind, word, reason) {
  element("state").className = `state ${kind}`;
  element("word").textContent = word;
  element("reason").textContent = reason;
  element("result").hidden = false;
}

function show(ticket) {
  const facts = [["姓名", ticket.name], ["证件后四位", ticket.tail], ["准考证号", ticket.number], ["版次", `第 ${ticket.version} 版`]];
  element("facts").replaceChildren(...facts.flatMap(([label, value]) => [made("dt", label), made("dd", value)]));
  const rows = ticket.sittings.map(([subject, start, minutes, room, seat]) => {
    const row = document.createElement("tr");
    row.append(made("td", SUBJECTS[subject]), made("td", span(start, minutes)), made("td", room), made("td", seat));
    return row;
  });
  element("sittings").tBodies[0].replaceChildren(...rows);
}

function made(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}

const inShanghai = (options) => new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", ...options });
const day = inShanghai({ month: "long", day: "numeric", weekday: "short" });
const hour = inShanghai({ hour: "numeric", minute: "2-digit", hour12: false });

function span(start, minutes) {
  const from = new Date(start * 60000);
  const to = new Date((start + minutes) * 60000);
  const today = day.format(from) === day.format(new Date()) ? "（今天）" : "";
  return `${day.format(from)}${today} ${hour.format(from)}–${hour.format(to)}`;
}

/** Check what a code said: an address of this page, or the payload alone. */
async function check(scanned) {
  const text = scanned.slice(scanned.indexOf("#") + 1);
  const ticket = await read(text);
  element("facts").hidden = element("sittings").hidden = !ticket;
  if (!ticket) {
    say("refused", "不是本协会的准考证", "二维码的签名不符，请核对是否扫错，或联系考务人员。");
    return;
  }
  show(ticket);
  if (ticket.expires < new Date()) {
    say("refused", "已过期", "准考证上的考试日期都已过去。");
    return;
  }
  say("waiting", "签名无误", "正在查询当前是否有效……");
  const standing = STANDING[await standingOf(text)];
  if (standing) say(...standing);
  else say("waiting", "签名无误", "没有网络，未能查询是否已被替换或作废。请对照考场名单。");
}

// Scanning

let camera = null;

function decode(source, width, height, most) {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const picture = context.getImageData(0, 0, canvas.width, canvas.height);
  return window.jsQR(picture.data, picture.width, picture.height)?.data;
}

async function start() {
  element("trouble").textContent = "";
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    element("trouble").textContent = "没有打开相机。请允许本页使用相机，或改用“拍照或从相册选取”。";
    return;
  }
  const video = element("camera");
  video.srcObject = camera;
  video.hidden = false;
  await video.play();
  look(video);
}

function look(video) {
  if (!camera) return;
  const found = video.videoWidth && decode(video, video.videoWidth, video.videoHeight, CAMERA_SIDE);
  if (found) {
    stop();
    check(found);
  } else setTimeout(look, 150, video);
}

function stop() {
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  element("camera").hidden = true;
}

async function readPicture(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const picture = await createImageBitmap(file).catch(() => null);
  const found = picture && decode(picture, picture.width, picture.height, PICTURE_SIDE);
  element("trouble").textContent = found ? "" : "图片里没有找到二维码。请拍得近一些、清楚一些。";
  if (found) check(found);
}

element("start").addEventListener("click", start);
element("picture").addEventListener("change", readPicture);
const fromAddress = () => location.hash.length > 1 && check(location.hash);
window.addEventListener("hashchange", fromAddress);
fromAddress();
navigator.serviceWorker?.register(document.body.dataset.worker, { scope: location.pathname }).catch(() => {});
