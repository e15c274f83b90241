// The bar of work done in the background, asked for each second; without a script a link loads the page anew.
// What is shown stands in the database, so the page may be left and opened again.
"use strict";

const box = document.querySelector("[data-progress]");
const bar = box.querySelector("progress");
const label = box.querySelector("[data-label]");
const figures = box.querySelector("[data-figures]");
const EVERY = 1000;

const show = (found) => {
  // Only a change of the word is spoken; the figures change each second.
  if (label.textContent !== found.label) label.textContent = found.label;
  if (found.total) {
    bar.max = found.total;
    bar.value = found.done;
    figures.textContent = `已处理 ${found.done} / ${found.total}` + (found.refused ? `，有问题 ${found.refused}` : "");
  } else {
    bar.removeAttribute("value");
    figures.textContent = "";
  }
};

const ask = async () => {
  try {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
    // Logged out meanwhile, or the file was deleted: the page itself says so.
    if (answer.redirected || answer.status === 403 || answer.status === 404) return location.reload();
    if (answer.ok) {
      const found = await answer.json();
      if (!found.working) return location.reload();
      show(found);
    }
  } catch {
    figures.textContent = "网络连接中断，正在重试。文件仍在后台处理。";
  }
  setTimeout(ask, EVERY);
};

setTimeout(ask, EVERY);
