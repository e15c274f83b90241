// A button beside each password box that shows what was typed: on a phone one cannot check it otherwise.
"use strict";

for (const box of document.querySelectorAll("input[data-reveal]")) {
  const frame = document.createElement("div");
  frame.className = "with-reveal";
  box.replaceWith(frame);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", box.id);
  frame.append(box, button);

  const show = (visible) => {
    box.type = visible ? "text" : "password";
    button.textContent = visible ? "隐藏" : "显示";
    button.setAttribute("aria-label", visible ? "隐藏密码" : "显示密码");
  };
  button.addEventListener("click", () => show(box.type === "password"));
  // A browser must not keep it as ordinary text.
  box.form.addEventListener("submit", () => show(false));
  show(false);
}
