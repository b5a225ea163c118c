"use strict";
const at = (id) => document.getElementById(id);
let state = null;

function show(next) {
  state = next;
  const read = next.drawn - next.left;
  at("progress").textContent = `${next.left} left to read, ${next.labelled} labelled by hand; ${next.drawn} drawn`;
  at("bar").max = Math.max(1, next.drawn);
  at("bar").value = read;
  at("told").hidden = true;
  at("reading").hidden = !next.item;
  at("done").hidden = Boolean(next.item);
  if (next.item) fill(next.item);
}

function fill(item) {
  const rubric = item.rubric;
  at("about").textContent = rubric ? `${rubric.clause_id} · ${rubric.kind} · ${rubric.speakers}` : item.name;
  at("clause").textContent = rubric ? rubric.text : "The document has no clause for this reply.";
  at("passes").textContent = rubric ? rubric.passes : "";
  at("fails").textContent = rubric ? rubric.fails : "";
  at("reply").textContent = item.reply;
  at("why").value = "";
  const notes = item.must.map((one) => `must: ${one}`).concat(item.must_not.map((one) => `must not: ${one}`));
  at("notes").replaceChildren(...notes.map((one) => element("li", "", one)));
  at("conversation").replaceChildren(...item.messages.map(turn));
  at("clause").focus();
  window.scrollTo(0, 0);
}

function turn(message) {
  const box = element("div", "", "");
  box.append(element("p", "role", message.role), element("p", "words", message.content));
  return box;
}

function element(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

async function asked(what, options) {
  const answer = await fetch(what, options);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function trouble(error) {
  at("trouble").hidden = false;
  at("trouble").textContent = `Not kept: ${error.message}. Is the program still running?`;
}

async function label(verdict) {
  if (at("reading").hidden || !state || !state.item) return;
  try {
    const body = JSON.stringify({ name: state.item.name, verdict, why: at("why").value });
    const said = await asked("label", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    at("trouble").hidden = true;
    tell(said);
  } catch (error) {
    trouble(error);
  }
}

function tell(said) {
  const told = said.told;
  const rows = [["first reading", told.first, told.first_why]];
  if (told.second) rows.push(["second reading", told.second, told.second_why]);
  const shown = rows.flatMap(([who, verdict, why]) => [element("dt", verdict, `${who}: ${verdict}`), element("dd", "", why)]);
  at("before").replaceChildren(...shown);
  at("reading").hidden = true;
  at("told").hidden = false;
  state = said;
  at("onward").focus();
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter) label(event.submitter.value);
});
at("onward").addEventListener("click", () => show(state));
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  const verdict = { p: "pass", f: "fail", u: "unclear" }[event.key];
  if (verdict) label(verdict);
});
at("why").addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // which verdict would it be?
});
asked("next").then(show, trouble);
