// Checks an admission ticket's code: signature and expiry here, without a network; whether it still stands, by asking.
import { readPicture, startCamera } from "./scanner.js";
import { payloadOf, read, SUBJECTS } from "./ticket-code.js";

export { read };

const PATIENCE = 4000; // ms for the server; then the answer is the signature's alone
const STANDING = {
  valid: ["valid", "有效", "签名无误，是当前版本。"],
  superseded: ["refused", "已被新版替换", "这一版不能再用，请考生出示最新一版。"],
  void: ["refused", "已作废", "请考生联系考务人员。"],
  unknown: ["refused", "查无此证", "签名无误，但系统中没有这张准考证，请联系考务人员。"],
};

const element = (id) => document.getElementById(id);

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

async function check(scanned) {
  const text = payloadOf(scanned);
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

async function start() {
  element("trouble").textContent = "";
  try {
    await startCamera(element("camera"), (text) => {
      check(text);
      return true;
    });
  } catch {
    element("trouble").textContent = "没有打开相机。请允许本页使用相机，或改用“拍照或从相册选取”。";
  }
}

async function choose(event) {
  const found = await readPicture(event.target);
  element("trouble").textContent = found ? "" : "图片里没有找到二维码。请拍得近一些、清楚一些。";
  if (found) check(found);
}

element("start").addEventListener("click", start);
element("picture").addEventListener("change", choose);
const fromAddress = () => location.hash.length > 1 && check(location.hash);
window.addEventListener("hashchange", fromAddress);
fromAddress();
navigator.serviceWorker?.register(document.body.dataset.worker, { scope: location.pathname }).catch(() => {});
