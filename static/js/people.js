// One box that ticks all people of the page. Without it each is ticked alone.
"use strict";

for (const all of document.querySelectorAll("[data-tick-all]")) {
  const boxes = all.closest("form").querySelectorAll("input[name=entries]");
  const main = all.querySelector("input");
  all.hidden = boxes.length === 0;
  main.addEventListener("change", () => {
    for (const box of boxes) box.checked = main.checked;
  });
}
