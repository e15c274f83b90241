// Repeatable rows of a Django formset without a round trip. The add and remove buttons are plain submit buttons,
// so that the server does the same where this does not run.
"use strict";

for (const group of document.querySelectorAll("[data-repeat]")) {
  const prefix = group.dataset.repeat;
  const list = group.querySelector("[data-rows]");
  const template = group.querySelector("template");
  const add = group.querySelector("[data-add]");
  const total = group.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const limit = Number(group.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`).value);

  const rows = () => [...list.children].filter((row) => !row.hidden);
  const renumber = () => {
    rows().forEach((row, index) => {
      row.querySelector("[data-number]").textContent = index + 1;
    });
    add.hidden = rows().length >= limit;
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
    const row = remove.closest("[data-row]");
    row.querySelector(`[name="${remove.dataset.remove}-DELETE"]`).value = "on";
    row.hidden = true;
    renumber();
    add.focus();
  });
}
