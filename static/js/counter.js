// Keys for people whose hands stay on the keyboard: / to search, n for the next case. Every page works without it.
"use strict";

const typing = (element) => /^(input|textarea|select)$/i.test(element.tagName) || element.isContentEditable;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const box = document.querySelector("[data-find]");
    if (!box) return;
    event.preventDefault();
    box.focus();
  } else if (event.key === "n") {
    document.querySelector("[data-next-case]")?.click();
  }
});

// A second press of a button while the first is on its way would send the form twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
