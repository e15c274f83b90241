// Repeatable rows of a form without a round trip. The add and remove buttons are plain submit buttons, so that the
// server does the same where this does not run; the server also drops blank rows and closes gaps in the numbers.
"use strict";

for (const group of document.querySelectorAll("[data-repeat]")) {
  const list = group.querySelector("[data-rows]");
  const template = group.querySelector("template");
  const add = group.querySelector("[data-add]");
  const total = group.querySelector(`[name="${group.dataset.repeat}-TOTAL_FORMS"]`);
  const limit = Number(group.dataset.limit);

  const renumber = () => {
    [...list.children].forEach((row, index) => {
      row.querySelector("[data-number]").textContent = index + 1;
    });
    add.hidden = list.children.length >= limit;
  };

  add.addEventListener("click", (event) => {
    event.preventDefault();
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.firstElementChild;
    total.value = Number(total.value) + 1;
    list.append(row);
    renumber();
    row.querySelector("input:not([type=hidden]), select").focus();
  });

  list.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove]");
    if (!remove) return;
    event.preventDefault();
    remove.closest("[data-row]").remove();
    renumber();
    add.focus();
  });
}
