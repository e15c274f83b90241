// Checks people in at the door: the signature here, the rest by the session's list, kept for when there is no network.
// What was seen waits on the phone until the server has it; the server's verdict is the one that counts.
import { remind } from "./check-in-sessions.js";
import { device, exchange, keep, list, waiting } from "./check-in-store.js";
import { readPicture, startCamera, stopCamera } from "./scanner.js";
import { payloadOf, read, SUBJECTS } from "./ticket-code.js";

const AGAIN = 15_000; // ms between two tries while something waits
const AFRESH = 60_000; // ms after which the list is asked for again
const JUST_NOW = 60_000; // ms in which the same ticket at the same phone is the same check-in
const SAME_CODE = 4000; // ms in which the camera seeing the same code says nothing new
const LOOKS_LIKE_ONE = /^[\w-]{80,}$/;

const REFUSED = {
  superseded: ["旧版准考证", "不能入场。请考生出示最新一版。"],
  void: ["已作废", "不能入场。请考生联系考务组。"],
  other_session: ["不是本场", "准考证是真的，但本场名单里没有。请看准考证上的场次。"],
  not_genuine: ["不是真的准考证", "二维码的签名不符。请核对是否扫错，或联系考务组。"],
  unknown: ["查无此证", "名单里没有这个准考证号。请核对号码，或联系考务组。"],
};
const STATES = { present: "到考", absent: "缺考", other: "其他" };

const element = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "numeric", minute: "2-digit", hour12: false });
const hour = (moment) => clock.format(new Date(moment));
const calendar = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "long", day: "numeric" });
const madeHere = []; // the check-ins this page has made
let shown = null; // the one on the screen
let lastCode = { text: "", at: 0 };
let connection = "asking";

const people = () => list()?.people ?? [];
const onList = (number) => people().find((one) => one.number === number);

function timesOf(number) {
  const here = waiting().filter((row) => row.ticket === number && row.seen === "valid");
  return [...(onList(number)?.times ?? []), ...here.map((row) => row.scanned_at)].sort();
}

async function checkCode(text) {
  const code = payloadOf(text);
  const ticket = await read(code);
  if (!ticket) {
    show({ seen: "not_genuine" });
    if (LOOKS_LIKE_ONE.test(code)) record({ code, seen: "not_genuine" });
    return;
  }
  const person = onList(ticket.number);
  const seen = !person ? "other_session" : ticket.version < person.version ? "superseded" : "valid";
  admit({ code, ticket: ticket.number, version: ticket.version, seen }, person ?? ticket);
}

function checkNumber(number) {
  const person = onList(number);
  admit({ number, ticket: number, version: person?.version, seen: person ? "valid" : "unknown" }, person);
}

/** Show a check-in and keep it, unless this phone has just made the same. */
function admit(row, person) {
  const before = timesOf(row.ticket);
  const last = madeHere.findLast((one) => one.ticket === row.ticket && one.seen === row.seen);
  const repeated = last && Date.now() - Date.parse(last.scanned_at) < JUST_NOW;
  show({ ...row, person, before: repeated ? [] : before, repeated });
  if (!repeated) record(row);
}

function record(row) {
  const kept = { id: crypto.randomUUID(), code: "", number: "", device, scanned_at: new Date().toISOString(), ...row };
  try {
    keep(kept);
  } catch {
    trouble("手机存储已满，这一条没有记下。请上传或改用纸质签到表。");
    return;
  }
  madeHere.push(kept);
  shown = { ...shown, ...kept };
  send();
}

// What is on the screen

function show(said) {
  shown = said;
  trouble("");
  const { seen, person, before = [], repeated } = said;
  if (seen === "other_session" && person?.sittings) say("refused", REFUSED[seen][0], `准考证是真的，场次是：${person.sittings.map(sitting).join("；")}。`);
  else if (REFUSED[seen]) say("refused", ...REFUSED[seen]);
  else if (person?.state === "absent" || person?.state === "other") say("waiting", "有效，但有冲突", `名单上登记为“${STATES[person.state]}”，请联系考务组核实。`);
  else if (before.length) say("waiting", "有效，但已核验过", `${before.map(hour).join("、")} 核验过。请核对是不是同一个人。`);
  else say("valid", "有效", repeated ? "刚才已经核验，没有重复记录。" : "请核对本人和证件原件。");
  element("place").textContent = seen !== "other_session" && person?.room ? `${person.room} ${person.seat} 号` : "";
  const facts = [["姓名", person?.name], ["证件后四位", person?.tail], ["准考证号", said.ticket && `${said.ticket}${said.version ? ` 第 ${said.version} 版` : ""}`]];
  element("facts").replaceChildren(...facts.filter(([, value]) => value).flatMap(([label, value]) => [made("dt", label), made("dd", value)]));
  navigator.vibrate?.(element("state").classList.contains("valid") ? 80 : [200, 80, 200]);
}

function say(kind, word, reason) {
  element("state").className = `state ${kind}`;
  element("word").textContent = word;
  element("reason").textContent = reason;
  element("result").hidden = false;
}

/** 理论知识 10月12日 9:00 第1考场 3 号 */
function sitting([subject, start, , room, seat]) {
  const from = start * 60000;
  return `${SUBJECTS[subject]} ${calendar.format(from)} ${hour(from)} ${room} ${seat} 号`;
}

/** The server's verdicts of what was sent: where it says otherwise than the phone did, the screen says so. */
function hear(verdicts) {
  const verdict = verdicts[shown?.id];
  if (!verdict) return;
  if (verdict === shown.seen) return hearOfOthers();
  const [word, reason] = REFUSED[verdict] ?? ["有效", "名单有更新：本场名单里有这张准考证。"];
  show({ ...shown, seen: verdict, person: onList(shown.ticket) ?? shown.person, before: [] });
  say(verdict === "valid" ? "valid" : "refused", word, `服务器核对的结果。${reason}`);
}

/** Another phone let the same ticket in, perhaps while this one was without a network. */
function hearOfOthers() {
  const others = timesOf(shown.ticket);
  const mine = others.findIndex((time) => Date.parse(time) === Date.parse(shown.scanned_at));
  if (mine >= 0) others.splice(mine, 1);
  if (shown.seen === "valid" && others.length > (shown.before?.length ?? 0)) show({ ...shown, before: others });
}

function made(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}

function trouble(words) {
  element("trouble").textContent = words;
}

/** The line on top, the clashes and the list: what the phone knows now. */
function refresh() {
  const left = waiting().length;
  const known = list();
  const came = people().filter((one) => one.state === "present").length;
  const age = known ? `已到 ${came} / ${known.people.length} 人，名单 ${hour(known.fetched)} 更新。` : "还没有名单，请先在有网络的地方打开本页。";
  const line = element("status");
  line.className = `status ${left || connection !== "done" ? "waiting" : "done"}`;
  line.replaceChildren(...statusWords(left), ` ${age}`, known?.closed ? " 本场已结束登记。" : "");
  fillClashes(known?.clashes ?? []);
  fillPeople(known?.people ?? []);
  remind();
}

function statusWords(left) {
  if (connection === "asking") return [left ? `上次还有 ${left} 条没有上传，正在上传……` : "正在取名单……"];
  const count = left ? `${left} 条等待上传` : "";
  if (connection === "login") return [`登录已过期，${count || "名单不能更新"}。`, loginLink()];
  if (connection === "refused") return [`服务器没有接受${left ? `，${count}` : ""}。请重新登录，或联系管理员。`, loginLink()];
  if (connection === "offline") return [`${navigator.onLine ? "网络不通" : "没有网络"}${left ? `，${count}，有网络后自动上传` : "，照常核验"}。`, ...(left ? [sendButton()] : [])];
  return [left ? `正在上传，${count}。` : "已全部上传。"];
}

function sendButton() {
  const button = made("button", "现在上传");
  button.type = "button";
  button.addEventListener("click", send);
  return button;
}

function loginLink() {
  const link = made("a", "重新登录");
  link.href = document.body.dataset.login;
  return link;
}

function fillClashes(clashes) {
  element("clashes").hidden = !clashes.length;
  element("clash-list").replaceChildren(...clashes.map(({ who, sentence }) => made("li", `${who}：${sentence}`)));
}

function fillPeople(rows) {
  element("people").hidden = !rows.length;
  const lines = rows.map((one) => {
    const row = document.createElement("tr");
    row.append(...[one.room, one.seat ?? "", one.name, STATES[one.state] ?? "未到"].map((text) => made("td", text)));
    return row;
  });
  element("people-list").tBodies[0].replaceChildren(...lines);
}

// To and from the server

async function send() {
  connection = await exchange(hear);
  refresh();
  if (connection === "done" && waiting().length) send();
}

// Scanning

async function start() {
  trouble("");
  try {
    await startCamera(element("camera"), seeCode);
    scanning(true);
  } catch {
    trouble("没有打开相机。请允许本页使用相机，或改用拍照、输入准考证号。");
  }
}

/** The camera goes on looking: the next person only has to hold out the ticket. */
function seeCode(text) {
  const now = Date.now();
  if (text !== lastCode.text || now - lastCode.at > SAME_CODE) checkCode(text);
  lastCode = { text, at: now };
  return false;
}

function scanning(on) {
  element("start").hidden = on;
  element("stop").hidden = !on;
}

async function choose(event) {
  const found = await readPicture(event.target);
  trouble(found ? "" : "图片里没有找到二维码。请拍得近一些、清楚一些。");
  if (found) checkCode(found);
}

element("start").addEventListener("click", start);
element("stop").addEventListener("click", () => {
  stopCamera(element("camera"));
  scanning(false);
});
element("picture").addEventListener("change", choose);
element("by-number").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = element("number").value.normalize("NFKC").replace(/\s/g, ""); // full-width digits, blanks between
  if (!number) return trouble("请输入准考证号。");
  element("number").value = "";
  checkNumber(number);
});
element("phone").textContent = `本机：手机 ${device.slice(-4).toUpperCase()}`;
window.addEventListener("online", send);
document.addEventListener("visibilitychange", () => document.hidden || send());
setInterval(() => waiting().length && send(), AGAIN);
setInterval(() => document.hidden || send(), AFRESH);
refresh();
send();
