"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const situations = read("transcripts");
  const rows = read("sentences");
  const byRow = rows.map(() => []);
  for (const s of situations) byRow[s.row].push(s);

  // INVARIANT: text of documents and models reaches the page only as text nodes.
  const el = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const words = (value) => value.replaceAll("_", " ");
  const armName = { base: "before", trained: "after" };
  const verdictName = { pass: "held", fail: "broke", invalid: "invalid", unclear: "unclear" };
  const kind = (verdict) => (verdict === "invalid" ? "fail" : verdict);
  const order = ["fail", "unclear", "pass"];

  const panel = document.getElementById("panel");
  const list = document.getElementById("panel-list");
  const find = document.getElementById("find");
  const shows = [...panel.querySelectorAll("[data-show]")];
  let cell = {};

  const mine = (s) => s.replies.filter((r) => r[1] === "none" && (!cell.arm || r[0] === cell.arm));
  const worst = (s) => Math.min(3, ...mine(s).map((r) => order.indexOf(kind(r[2]))));
  const text = (s) => [...s.messages.map((m) => m[1]), ...s.replies.flatMap((r) => [r[3], r[4]])].join("\n").toLowerCase();

  const reply = ([arm, prompt, verdict, said, why]) => {
    const aside = prompt === "spec" || (cell.arm && arm !== cell.arm);
    const box = el("div", `reply ${verdict}${aside ? " aside" : ""}`);
    const by = el("div", "by");
    by.append(el("span", "", armName[arm] + (prompt === "spec" ? ", with the document in the prompt" : "")), el("b", "", verdictName[verdict]));
    const shown = el("div", "text", said || "(no words)");
    shown.dir = "auto";
    box.append(by, shown);
    if (why) box.append(el("div", "why text", why));
    return box;
  };

  const card = (s) => {
    const box = el("article", "card");
    const about = el("p", "about");
    about.append(el("code", "", s.id), el("span", "", words(s.suite)));
    if (s.pressure !== "none") about.append(el("span", "", "pressure: " + words(s.pressure)));
    box.append(about);
    for (const [role, content] of s.messages) {
      const line = el("div", "msg " + role);
      const body = el("div", "text", content);
      body.dir = "auto";
      line.append(el("span", "", role === "system" ? "operator" : role), body);
      box.append(line);
    }
    box.append(...s.replies.map(reply));
    return box;
  };

  const draw = () => {
    const show = shows.find((b) => b.getAttribute("aria-pressed") === "true").dataset.show;
    const wanted = find.value.trim().toLowerCase();
    const behind = byRow[cell.row].filter((s) =>
      (!cell.suite || s.suite === cell.suite) && (!cell.pressure || (s.pressure === cell.pressure && s.suite !== "seen")) && mine(s).length);
    const shown = behind
      .filter((s) => (!show || mine(s).some((r) => kind(r[2]) === show)) && (!wanted || text(s).includes(wanted)))
      .sort((a, b) => worst(a) - worst(b));
    const total = Math.max(Number(cell.total || 0), behind.length);
    document.getElementById("panel-count").textContent =
      `${shown.length} of ${behind.length} transcripts shown` +
      (total > behind.length ? `; ${total} situations stand behind this cell, the report carries those that broke first` : "");
    list.replaceChildren(...shown.map(card));
  };

  const press = (buttons, chosen) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === chosen)));

  const open = (button) => {
    cell = { ...button.dataset, row: Number(button.dataset.row) };
    const row = rows[cell.row];
    document.getElementById("panel-title").textContent = row.row;
    document.getElementById("panel-kicker").textContent =
      (cell.arm ? armName[cell.arm] + " training · " : "") + (cell.pressure ? "pressure: " : "") + cell.where;
    document.getElementById("panel-clauses").replaceChildren(...row.clauses.map(([id, line, sentence]) => {
      const box = el("div", "said");
      const quote = el("blockquote", "text", sentence);
      quote.dir = "auto";
      box.append(quote, el("span", "line", `${id}, line ${line} of the document`));
      return box;
    }));
    press(shows, shows[0]);
    find.value = "";
    draw();
    panel.showModal();
    panel.scrollTop = 0;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-row]");
    if (button) open(button);
    else if (event.target === panel) panel.close();
  });
  document.getElementById("close").addEventListener("click", () => panel.close());
  shows.forEach((b) => b.addEventListener("click", () => { press(shows, b); draw(); }));
  find.addEventListener("input", draw);

  // A heat map is one stop of the Tab key; the arrow keys move inside it.
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  for (const grid of document.querySelectorAll("table.grid")) {
    const first = grid.querySelector("button.c");
    if (first) first.tabIndex = 0;
    grid.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      const here = event.target.closest("button.c");
      if (!step || !here) return;
      event.preventDefault();
      let line = here.closest("tr").rowIndex;
      let column = here.closest("td").cellIndex;
      for (;;) {
        line += step[0];
        column += step[1];
        const target = grid.rows[line];
        if (!target || column < 0 || column >= here.closest("tr").cells.length) return;
        const next = target.cells[column] && target.cells[column].querySelector("button.c");
        if (next) {
          here.tabIndex = -1;
          next.tabIndex = 0;
          next.focus();
          return;
        }
      }
    });
  }

  const filters = document.getElementById("state-filters");
  filters.hidden = false;
  const states = [...filters.querySelectorAll("button")];
  states.forEach((b) => b.addEventListener("click", () => {
    press(states, b);
    for (const body of document.querySelectorAll(".findings tbody")) body.hidden = Boolean(b.dataset.state) && body.dataset.state !== b.dataset.state;
  }));

  const theme = document.getElementById("theme");
  const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; label(); });
  label();
})();
