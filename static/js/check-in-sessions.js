// The list of sessions: kept for a phone without a network, and a reminder of what the phone has not sent yet.
import { keepPage, tidy, waitingElsewhere } from "./check-in-store.js";

export function remind() {
  const box = document.getElementById("elsewhere");
  const left = waitingElsewhere();
  box.hidden = !left.length;
  box.replaceChildren(...left.flatMap(([session, count], place) => [place ? "、" : "本机还有没上传的记录：", linkTo(session, count)]));
}

function linkTo(session, count) {
  const link = document.createElement("a");
  link.href = `${document.body.dataset.scope}${session}/`;
  link.textContent = `打开这一场，上传 ${count} 条`;
  return link;
}

tidy();
remind();
keepPage().catch(() => {});
