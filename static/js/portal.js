// Small helps for every page. Nothing here is needed: each page works without it.
"use strict";

// Errors first: the summary takes the focus, so that a screen reader reads it and the keyboard starts there.
document.querySelector("[data-focus]")?.focus();

// A second press of a button while the first is on its way would send the form twice. Another button is another wish.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  const pressed = event.submitter?.value ?? "";
  if (form.dataset.sent === pressed) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = pressed;
  // A form that answers with a file leaves this page standing: it may be used again.
  setTimeout(() => delete form.dataset.sent, 5000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// On paper everything stands open.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.opened = "1";
  }
});
window.addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-opened]")) {
    details.open = false;
    delete details.dataset.opened;
  }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
