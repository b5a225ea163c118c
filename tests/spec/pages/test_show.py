"""The page of a document: complete, linked, inert, and nothing on it runs but its own script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.spec.published import RELEASES, text_of

from soulwright.errors import InputError
from soulwright.spec import Spec, compile_spec, load_spec
from soulwright.spec.diff import diff_specs
from soulwright.spec.pages import Measured, MeasuredState, measured_from_gap, render_diff, render_show

ROOT = Path(__file__).parents[3]
HOSTILE = (
    "</script></style><img src=x onerror=alert(1)><!-- <script>alert(2)</script> {{ 7*7 }} \u2028 &lt;b&gt; \ue000"
)


class Page(HTMLParser):
    """What a browser would build: tags with their attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.tags if "id" in attrs]

    def having(self, css: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.tags if css in (attrs.get("class") or "").split()]


@cache
def bundled() -> Spec:
    return load_spec(ROOT / "specs" / "soulwright.md")


@cache
def page_of(release: str) -> Page:
    spec = bundled() if release == "bundled" else compile_spec(text_of(release), f"{release}/model_spec.md")
    return Page(render_show(spec))


EVERY = ["bundled", *RELEASES]


@pytest.mark.parametrize("release", EVERY)
def test_the_page_asks_nothing_of_the_network(release: str) -> None:
    page = page_of(release)
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "embed", "base", "form")]
    assert not [attrs for _, attrs in page.tags if {"src", "srcset", "action", "style"} & attrs.keys()]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_the_style_loads_nothing() -> None:
    html = render_show(bundled())
    style = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style


def test_only_the_pages_own_script_may_run() -> None:
    page = page_of("bundled")
    policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    (script,) = page.scripts
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{own}'" in (policy or "")
    assert "default-src 'none'" in (policy or "")


@pytest.mark.parametrize("release", EVERY)
def test_every_link_within_the_page_arrives_and_no_id_stands_twice(release: str) -> None:
    page = page_of(release)
    assert [key for key, number in Counter(page.ids).items() if number > 1] == []
    inside = {unquote((attrs["href"] or "")[1:]) for tag, attrs in page.tags
              if tag == "a" and (attrs.get("href") or "").startswith("#")}  # fmt: skip
    assert inside <= set(page.ids)


def test_every_clause_has_its_words_its_kind_and_its_permanent_link() -> None:
    spec, page = bundled(), page_of("bundled")
    kinds = {attrs["id"]: attrs["data-kind"] for _, attrs in page.tags if attrs.get("data-kind") and attrs.get("id")}
    assert kinds == {clause.id: clause.kind.value for clause in spec.clauses}
    for clause in spec.clauses:
        assert clause.text.rstrip(".") in page.text


def test_who_may_change_a_default_is_written_beside_it() -> None:
    text = page_of("bundled").text
    assert "operator may change it" in text
    assert "needs medical setting" in text


def test_kinds_that_the_document_does_not_state_are_marked_as_inferred() -> None:
    badges = page_of(RELEASES[-1]).having("kind")
    assert badges
    assert all("inferred" in (attrs["class"] or "") for attrs in badges)
    assert not [attrs for attrs in page_of("bundled").having("kind") if "inferred" in (attrs["class"] or "")]


@pytest.mark.parametrize(
    ("release", "good", "bad", "ok", "examples"),
    [
        ("2025-02-12", 168, 162, 7, 154),
        ("2025-04-11", 168, 162, 7, 154),
        ("2025-09-12", 186, 186, 7, 173),
        ("2025-10-27", 194, 194, 8, 181),
    ],
)
def test_as_many_bubbles_are_good_and_bad_as_on_the_published_page(
    release: str, good: int, bad: int, ok: int, examples: int
) -> None:
    page = page_of(release)
    assert [len(page.having(css)) for css in ("v-good", "v-bad", "v-ok")] == [good, bad, ok]
    assert len(page.having("chat")) == examples


@pytest.mark.parametrize("release", RELEASES)
def test_commentary_stands_apart(release: str) -> None:
    count = {"2025-02-12": 20, "2025-04-11": 20, "2025-09-12": 27, "2025-10-27": 28}[release]
    assert len(page_of(release).having("note")) == count


def test_a_link_without_words_reads_as_the_title_of_its_target() -> None:
    spec = compile_spec("# One {#one authority=root}\n\nIt must read [?](#two).\n\n# The *second* {#two}\n\nWords.\n")
    html = render_show(spec)
    assert '<a href="#two">The *second*</a>' in html


def test_a_message_keeps_its_line_ends_but_not_those_that_only_wrap_a_line() -> None:
    long = "The assistant says a good deal here, and the line is as long as lines of documents often are, and then"
    body = f"{long}\ngoes on.\nA new line.\n- one\n- two\n```\n{long}\ncode\n```"
    spec = compile_spec(
        f"# A {{#a authority=root}}\n\nIt must.\n\n**Example**: x\n\n~~~xml\n<user>\n{body}\n</user>\n~~~\n"
    )
    html = render_show(spec)
    assert "and then goes on.<br />\nA new line." in html
    assert "<li>one</li>" in html
    assert "and then\ncode" in html


HOSTILE_DOCUMENT = f"""---
spec: "{HOSTILE.replace('"', "")}"
version: "1.0 {HOSTILE[:30]}"
label: "{HOSTILE[:30]}"
levels: [root, user]
---
# Title {HOSTILE} {{#title authority=root}}

It must say {HOSTILE} and [run](javascript:alert(1)) and ![see](https://example.com/x.png).
{{#a.b kind=rule}}

- an item {HOSTILE}

!!! meta "{HOSTILE[:30].replace('"', "")}"
    A reason {HOSTILE}

**Example**: a caption {HOSTILE}

~~~xml
<user comment="<b>{HOSTILE[:20]}">
{HOSTILE}
```html
{HOSTILE}
```
<untrusted>
{HOSTILE}
</untrusted>
</user>
<comparison>
<assistant> <!-- BAD[#a.b]: a reason <img src=x onerror=alert(3)> [x](javascript:alert(4)) -->
{HOSTILE}
</assistant>
</comparison>
~~~

~~~
{HOSTILE}
~~~
"""


def harmless(html: str) -> None:
    html.encode("utf-8")
    page = Page(html)
    assert not {"img", "iframe", "b"} & {
        tag for tag, attrs in page.tags if not (tag == "b" and attrs in ({}, {"aria-hidden": "true"}))
    }
    assert len(page.scripts) == 1
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not [attrs for _, attrs in page.tags if re.match(r"\s*(javascript|data|vbscript):", attrs.get("href") or "")]


def test_hostile_words_stay_words_on_every_page() -> None:
    spec = compile_spec(HOSTILE_DOCUMENT, HOSTILE)
    newer = compile_spec(HOSTILE_DOCUMENT.replace("must say", "should say").replace("Title", "Other"), HOSTILE)
    diff = diff_specs(spec, newer, changelog=f"## 9\n\n- a.b {HOSTILE}\n")
    measured = [Measured(clause_id="a.b", state=MeasuredState.NOT_TESTED, reason=HOSTILE)]
    for html in (render_show(spec), render_show(newer, diff=diff, measured=measured, run=HOSTILE), render_diff(diff)):
        harmless(html)
        assert "onerror=alert(1)" in Page(html).text
        assert "49" not in Page(html).text.split("onerror", 1)[1][:40]


def test_a_picture_becomes_its_words_and_no_link_to_it() -> None:
    text = "# T {#t authority=root}\n\nIt must draw ![a *red* boat](https://pictures.example/1.png) when asked.\n"
    html = render_show(compile_spec(text))
    assert "draw a *red* boat when asked." in Page(html).text
    assert "pictures.example" not in html


def test_one_clause_is_one_clause_and_not_several() -> None:
    text = "# T {#t authority=root}\n\nIt must stop.\n"
    assert "1 clause · 0 examples" in Page(render_show(compile_spec(text))).text


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([
    "<b>", "</p>", "<script>alert(1)</script>", "`", "``` \n", "**", "[x](javascript:alert(1))", "[?](#gone)", "\n- ",
    "\n\n", "&amp;", "\ue000", "\ue001", "[^ab12]", "~~~\n", "<user>\n", "must ", "{#x y=z}", "![i](//e.com/x)", "\\",
]), max_size=25).map("".join))  # fmt: skip
def test_no_text_puts_a_tag_on_the_page(text: str) -> None:
    document = f"# Title {{#title authority=root}}\n\nIt must be safe.\n{{#a.b kind=rule}}\n\n{text}"
    try:
        spec = compile_spec(document)
    except InputError:
        return  # what cannot be read is refused before there is a page
    harmless(render_show(spec))


def test_changes_are_marked_in_their_place() -> None:
    gone = "The reader must be greeted by name.\n\n"
    old = f"# T {{#t authority=root}}\n\nIt should stop. It waits.\n\n{gone}## U {{#u}}\n\nIt must stay.\n"
    new = "# T {#t authority=root}\n\nIt must stop. It waits.\n\n## V {#u}\n\nIt must stay.\n"
    diff = diff_specs(compile_spec(old), compile_spec(new))
    html = render_show(compile_spec(new), diff=diff)
    page = Page(html)
    assert [key for key in page.ids if key.startswith("change-")] == ["change-1", "change-2", "change-3"]
    assert '<mark class="c-tightened">It must stop.</mark> It waits.' in html
    assert "<del>should</del><ins>must</ins>" in html
    assert "<del>The reader must be greeted by name.</del>" in html
    assert "3 changes" in page.text
    assert "asks for at least a major version" in page.text


def test_a_change_of_the_front_matter_stands_at_the_head_of_the_page() -> None:
    text = "---\nspec: a\nlevels: [root, user]\n---\n# T {#t authority=root}\n\nIt must.\n{#t.a kind=rule}\n"
    new = compile_spec(text.replace("[root, user]", "[root, user, guest]"))
    page = Page(render_show(new, diff=diff_specs(compile_spec(text), new)))
    assert "change-1" in page.ids
    assert "levels: root, user \u2192 root, user, guest" in page.text


def test_every_change_of_a_release_can_be_found_on_its_page() -> None:
    old, new = (compile_spec(text_of(release), release) for release in RELEASES[1:3])
    diff = diff_specs(old, new)
    ids = Page(render_show(new, diff=diff)).ids
    assert {key for key in ids if key.startswith("change-")} == {f"change-{n + 1}" for n in range(len(diff.changes))}


def test_what_a_run_measured_stands_beside_each_clause() -> None:
    gap = {
        "clauses": [
            {
                "clause_id": clause.id,
                "text": clause.text,
                "state": "fail",
                "reason": "",
                "before": {"passed": 0, "n": 40, "interval": {"low": 0.0, "high": 0.1}},
                "after": {"passed": 30, "n": 40, "interval": {"low": 0.6, "high": 0.86}},
            }
            for clause in bundled().clauses
        ]
    }
    measured = measured_from_gap(gap, bundled())
    page = Page(render_show(bundled(), measured=measured, run="seed-1"))
    assert len(page.having("gauge")) == len(bundled().clauses)
    assert "75 % held, before training 0 % 30 of 40 [60\u201386 %]" in page.text
    assert "seed-1" in page.text


def test_a_clause_that_changed_since_it_was_measured_says_so() -> None:
    clause = bundled().clauses[0]
    rate = {"passed": 1, "n": 1, "interval": {"low": 0.0, "high": 1.0}}
    entry = {
        "clause_id": clause.id,
        "text": "Other words.",
        "state": "pass",
        "reason": "",
        "before": rate,
        "after": rate,
    }
    (measured,) = measured_from_gap({"clauses": [entry]}, bundled())
    assert measured.stale
    assert "its words changed since it was measured" in Page(render_show(bundled(), measured=[measured])).text


def test_what_is_no_gap_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match="not a gap of a run"):
        measured_from_gap({"clauses": [{"clause_id": 3}]}, bundled(), source="x/gap.json")


def test_a_document_that_extends_another_shows_what_it_inherits(tmp_path: Path) -> None:
    (tmp_path / "parent.md").write_text(
        "---\nspec: parent\n---\n# P {#p authority=root}\n\nIt must help.\n{#p.help kind=rule}\n"
    )
    (tmp_path / "child.md").write_text(
        "---\nspec: child\nextends: parent.md\n---\n# C {#c authority=root}\n\nIt must teach.\n{#c.teach kind=rule}\n"
    )
    page = Page(render_show(load_spec(tmp_path / "child.md")))
    assert "Inherited from parent" in page.text
    assert {"p.help", "c.teach"} <= set(page.ids)


def test_the_page_of_the_largest_release_stays_small() -> None:
    assert len(render_show(compile_spec(text_of(RELEASES[-1]))).encode()) < 1_000_000


def test_the_page_of_a_child_beside_its_parent_is_headed_by_their_names() -> None:
    diff = diff_specs(bundled(), load_spec(ROOT / "specs" / "tutor.md"))
    words = Page(render_diff(diff)).text
    assert "soulwright \u2192 soulwright-tutor" in words
    assert "Their versions are not compared." in words
