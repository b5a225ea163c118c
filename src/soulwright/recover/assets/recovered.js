"use strict";
(() => {
  const { items, samples } = JSON.parse(document.getElementById("details").textContent);
  const text = document.getElementById("text");
  const panel = document.getElementById("panel");
  const marks = [...text.querySelectorAll("[data-i]")];
  const bySentence = new Map();
  for (const mark of marks) {
    const item = items[mark.dataset.i];
    if (typeof item[0] !== "number") continue;
    if (!bySentence.has(item[4])) bySentence.set(item[4], []);
    bySentence.get(item[4]).push(mark);
  }

  // INVARIANT: text of models reaches the page only as text nodes.
  const el = (tag, className, content) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (content !== undefined) node.textContent = content;
    return node;
  };
  const names = (numbers) => numbers.map((n) => samples[n]).join(", ");
  const list = (said) => {
    const ul = el("ul");
    for (const [words, by] of said) {
      const short = words.length > 300 ? words.slice(0, 300) + "…" : words;
      ul.append(el("li", "", (short ? `“${short}”` : "nothing") + ` (${by.length}: ${names(by)})`));
    }
    return ul;
  };

  const aboutWord = (mark, item) => {
    const [confidence, covered, by, others, sentence] = item;
    const behind = new Set(bySentence.get(sentence).flatMap((other) => items[other.dataset.i][2]));
    panel.append(el("p", "big", mark.textContent.trim()));
    panel.append(el("p", "", `confidence ${confidence.toFixed(3)}; ${by.length} of ${covered} samples say it`));
    if (others.length) panel.append(el("h2", "", "Others say"), list(others));
    panel.append(el("h2", "", "Samples behind this sentence"), el("p", "", names([...behind].sort((a, b) => a - b))));
    for (const other of bySentence.get(sentence)) other.classList.add("same");
  };
  const aboutGap = (mark, item) => {
    panel.append(el("p", "big", mark.textContent.trim()));
    panel.append(item[1].length ? list(item[1]) : el("p", "", "No sample goes from what stands before to what stands after."));
  };

  let current = null;
  const show = (mark) => {
    if (mark === current) return;
    if (current) current.removeAttribute("aria-current");
    for (const other of text.querySelectorAll(".same")) other.classList.remove("same");
    current = mark;
    mark.setAttribute("aria-current", "true");
    panel.replaceChildren();
    panel.classList.add("on");
    const item = items[mark.dataset.i];
    (typeof item[0] === "number" ? aboutWord : aboutGap)(mark, item);
  };
  for (const kind of ["mouseover", "click"])
    text.addEventListener(kind, (event) => {
      const mark = event.target.closest("[data-i]");
      if (mark) show(mark);
    });
  text.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 12, ArrowUp: -12 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = current ? marks.indexOf(current) : -1;
    const next = marks[Math.max(0, Math.min(marks.length - 1, at + step))];
    show(next);
    next.scrollIntoView({ block: "nearest" });
  });

  const theme = document.getElementById("theme");
  const dark = () => getComputedStyle(document.documentElement).colorScheme === "dark" ||
    (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; label(); });
  label();
})();
