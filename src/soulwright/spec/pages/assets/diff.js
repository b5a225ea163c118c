"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const theme = document.getElementById("theme");
  theme.hidden = false;
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const say = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; say(); });
  say();
  const buttons = all(".filter button[data-value]");
  const apply = () => {
    const on = buttons.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.dataset.value);
    let shown = 0;
    for (const change of all("tbody.change")) {
      const kinds = change.dataset.kinds.split(",");
      change.hidden = on.length > 0 && !on.some((kind) => kinds.includes(kind));
      if (!change.hidden) shown += 1;
    }
    for (const group of all(".group")) group.hidden = all("tbody.change", group).every((change) => change.hidden);
    document.getElementById("count").textContent = on.length ? `${shown} changes shown` : "";
  };
  for (const group of all(".filter")) group.hidden = false;
  const asked = new URLSearchParams(location.search).getAll("kind");
  for (const button of buttons) {
    if (asked.includes(button.dataset.value)) button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  if (asked.length) apply();
})();
