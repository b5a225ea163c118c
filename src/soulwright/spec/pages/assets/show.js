"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const main = $("text");
  const find = $("find");
  const chapters = all(".chapter").map((box) => ({
    box,
    level: Number(box.dataset.level),
    kind: box.dataset.kind,
    authority: box.dataset.authority,
    title: (box.querySelector(":scope > :is(h2,h3,h4,h5,h6)") || { textContent: "" }).textContent.toLowerCase(),
    nodes: [...box.children].filter((child) => child.classList.contains("node")),
    link: null,
  }));
  for (const chapter of chapters) {
    const heading = chapter.box.querySelector(":scope > :is(h2,h3,h4,h5,h6)");
    if (heading) chapter.link = document.querySelector(`.bar a[href="#${CSS.escape(encodeURI(heading.id))}"]`) || all(".bar a").find((a) => decodeURIComponent(a.hash.slice(1)) === heading.id);
  }

  // Theme, examples
  const theme = $("theme");
  theme.hidden = false;
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const say = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; say(); });
  say();
  const fold = $("fold");
  fold.hidden = !document.querySelector(".chat");
  fold.addEventListener("click", () => {
    const on = main.classList.toggle("folded");
    fold.setAttribute("aria-pressed", String(on));
  });
  if (matchMedia("(max-width: 900px)").matches) $("menu").open = false;

  // Long replies open on demand; without scripts they are simply long.
  const clip = () => {
    for (const body of all(".bubble > .body")) {
      if (body.scrollHeight < 430 || body.dataset.seen) continue;
      body.dataset.seen = "1";
      body.classList.add("clipped");
      const more = document.createElement("button");
      more.type = "button";
      more.className = "more";
      more.textContent = "Show all";
      more.setAttribute("aria-expanded", "false");
      more.addEventListener("click", () => {
        const clipped = body.classList.toggle("clipped");
        more.textContent = clipped ? "Show all" : "Show less";
        more.setAttribute("aria-expanded", String(!clipped));
      });
      body.after(more);
    }
  };
  clip();

  // Filters and search: a chapter stays where it, or something in it, is wanted; its parents stay as headings.
  const chosen = { kind: new Set(), authority: new Set(), touched: new Set() };
  const wantedNorm = (item) =>
    (!chosen.kind.size || chosen.kind.has(item.dataset.kind)) && (!chosen.authority.size || chosen.authority.has(item.dataset.authority));
  const textOf = new WeakMap();
  const words = (node) => {
    if (!textOf.has(node)) textOf.set(node, node.textContent.toLowerCase());
    return textOf.get(node);
  };
  const apply = () => {
    const query = find.value.trim().toLowerCase();
    const asked = query.split(/\s+/).filter(Boolean);
    const norms = chosen.kind.size || chosen.authority.size;
    const touched = chosen.touched.size > 0;
    const any = norms || touched || asked.length;
    let shown = 0;
    let sections = 0;
    const open = [];
    for (const chapter of chapters) {
      const whole = chapter.kind && wantedNorm(chapter.box);
      const titled = asked.length > 0 && asked.every((word) => chapter.title.includes(word));
      let kept = 0;
      for (const node of chapter.nodes) {
        const own = node.matches("[data-kind]") ? [node] : all("[data-kind]", node);
        const byNorm = !norms || whole || own.some(wantedNorm);
        const byTouch = !touched || chapter.box.classList.contains("fresh") || node.matches(".touched") || node.querySelector(".touched");
        const byWord = !asked.length || titled || asked.every((word) => words(node).includes(word));
        node.hidden = Boolean(any) && !(byNorm && byTouch && byWord);
        for (const item of all(".item", node)) item.hidden = Boolean(norms && !whole && item.dataset.kind && !wantedNorm(item));
        if (!node.hidden) kept += 1;
      }
      const marked = touched && chapter.box.classList.contains("touched") && (!norms || whole) && (!asked.length || titled);
      const keep = !any || kept > 0 || marked || (titled && (!norms || whole) && !touched);
      chapter.box.hidden = !keep;
      if (keep && any) { sections += 1; shown += kept; }
      while (open.length && open[open.length - 1].level >= chapter.level) open.pop();
      if (keep) for (const outer of open) outer.box.hidden = false;
      open.push(chapter);
    }
    for (const chapter of chapters) if (chapter.link) chapter.link.parentElement.hidden = chapter.box.hidden;
    $("nothing").hidden = !any || sections > 0;
    $("count").textContent = any ? `${shown} passage${shown === 1 ? "" : "s"} in ${sections} section${sections === 1 ? "" : "s"}` : "";
    highlight(asked);
    remember();
  };
  const highlight = (asked) => {
    if (!globalThis.CSS || !CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!asked.length || asked.join("").length < 2) return;
    const found = new Highlight();
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.toLowerCase();
      for (const word of asked) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          found.add(range);
        }
      }
    }
    CSS.highlights.set("found", found);
  };
  for (const group of all(".filter")) {
    group.hidden = false;
    for (const button of all("button[data-value]", group)) {
      button.addEventListener("click", () => {
        const set = chosen[group.dataset.filter];
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        if (on) set.add(button.dataset.value); else set.delete(button.dataset.value);
        apply();
      });
    }
  }
  // The address carries the view: ?find=words&kind=hard_limit&authority=user&touched=1
  const remember = () => {
    if (location.protocol === "file:") return;
    const view = new URLSearchParams();
    if (find.value.trim()) view.set("find", find.value.trim());
    for (const [name, set] of Object.entries(chosen)) for (const value of set) view.append(name, value);
    const query = view.toString();
    history.replaceState(null, "", location.pathname + (query ? "?" + query : "") + location.hash);
  };
  const recall = () => {
    const view = new URLSearchParams(location.search);
    find.value = view.get("find") || "";
    for (const group of all(".filter")) {
      const wanted = view.getAll(group.dataset.filter);
      for (const button of all("button[data-value]", group)) {
        if (!wanted.includes(button.dataset.value)) continue;
        button.setAttribute("aria-pressed", "true");
        chosen[group.dataset.filter].add(button.dataset.value);
      }
    }
    if ([...view.keys()].length) apply();
  };
  let waiting = 0;
  find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
  const clear = () => {
    find.value = "";
    for (const button of all(".filter button[data-value]")) button.setAttribute("aria-pressed", "false");
    for (const set of Object.values(chosen)) set.clear();
    apply();
  };

  recall();

  // From change to change
  const changes = all(".chg");
  let at = -1;
  const go = (step) => {
    const visible = changes.filter((box) => box.offsetParent);
    if (!visible.length) return;
    const here = at < 0 ? -1 : visible.indexOf(changes[at]);
    const next = visible[(here + step + (here < 0 && step < 0 ? 1 : 0) + visible.length) % visible.length];
    at = changes.indexOf(next);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  };
  if ($("later")) {
    $("later").addEventListener("click", () => go(1));
    $("earlier").addEventListener("click", () => go(-1));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName || "");
    if (event.key === "Escape") { clear(); if (typing) find.blur(); return; }
    if (typing) return;
    if (event.key === "/") { event.preventDefault(); $("menu").open = true; find.focus(); find.select(); }
    else if (event.key === "n" && changes.length) go(1);
    else if (event.key === "p" && changes.length) go(-1);
  });

  // A link to something hidden by a filter shows it.
  const arrive = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && !target.offsetParent) { clear(); target.scrollIntoView(); }
  };
  addEventListener("hashchange", arrive);

  // Where the reader is
  const links = chapters.filter((chapter) => chapter.link);
  let current = null;
  const seen = new IntersectionObserver(() => {
    const above = links.filter((chapter) => !chapter.box.hidden && chapter.box.getBoundingClientRect().top < 160);
    const here = above[above.length - 1] || links[0];
    if (!here || here.link === current) return;
    if (current) current.removeAttribute("aria-current");
    current = here.link;
    current.setAttribute("aria-current", "location");
    const bar = document.querySelector(".bar");
    const [top, bottom] = [current.offsetTop - bar.scrollTop, bar.clientHeight];
    if (bar.scrollHeight > bottom && (top < 80 || top > bottom - 80)) bar.scrollTop = current.offsetTop - bottom / 2;
  }, { rootMargin: "0px 0px -70% 0px", threshold: [0, 1] });
  for (const chapter of links) seen.observe(chapter.box);
})();
