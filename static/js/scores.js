// Enter goes to the next paper instead of sending half a list; the last one leads to the button. Works without it too.
"use strict";

for (const form of document.querySelectorAll("form[data-scores]")) {
  const boxes = [...form.querySelectorAll("input.score-box:not(:disabled)")];
  form.addEventListener("keydown", (event) => {
    const place = boxes.indexOf(event.target);
    if (event.key !== "Enter" || place < 0) return;
    event.preventDefault();
    const next = boxes[place + 1] ?? form.querySelector("button[type=submit]");
    next.focus();
    next.select?.();
  });
}
