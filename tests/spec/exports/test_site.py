"""The markdown renders with the theme Material for MkDocs: anchors, badges, admonitions, dialogues, no broken link."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest

from soulwright.spec import ExampleVerdict, ListItem, Paragraph, Spec, compile_spec, load_spec, parse
from soulwright.spec.exports import site_markdown

EXTENSIONS = ["admonition", "attr_list", "def_list", "footnotes", "tables", "pymdownx.details", "pymdownx.superfences"]
SETTINGS = """site_name: spec
strict: true
theme: {name: material, font: false}
plugins: []
markdown_extensions: [admonition, attr_list, def_list, footnotes, tables, pymdownx.details, pymdownx.superfences, meta]
validation: {links: {anchors: warn}}
"""


class Seen(HTMLParser):
    """Which ids, classes and links a page has, and what stands in each kind of box."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.classes: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids |= {given.get("id") or ""} - {""}
        self.classes += (given.get("class") or "").split()
        if (address := given.get("href") or "").startswith("#"):
            self.links.add(address[1:])

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def rendered(spec: Spec) -> Seen:
    body = site_markdown(spec).split("---\n", 2)[2]
    return Seen(markdown.markdown(body, extensions=EXTENSIONS))


def test_every_clause_has_an_anchor_and_every_link_leads_to_one(bundled: Spec) -> None:
    page = rendered(bundled)
    assert {clause.id for clause in bundled.clauses} <= page.ids
    assert page.links <= page.ids


def test_every_section_of_a_published_document_has_an_anchor_and_every_link_leads_to_one(published: Spec) -> None:
    page = rendered(published)
    assert {clause.section for clause in published.clauses} <= page.ids
    assert page.links <= page.ids
    assert "?" not in page.words


def test_examples_become_boxes_with_a_box_for_each_turn_and_verdict(document: Spec) -> None:
    page = rendered(document)
    shown = {example.span: example.dialogue for clause in document.clauses for example in clause.examples}
    verdicts = [turn.verdict for dialogue in shown.values() if dialogue for turn in dialogue.judged]
    assert page.classes.count("success") >= verdicts.count(ExampleVerdict.GOOD) > 0
    assert page.classes.count("failure") >= verdicts.count(ExampleVerdict.BAD) > 0
    assert page.classes.count("example") >= len(shown)


def test_commentary_is_a_box_and_nothing_of_the_format_shows_through(document: Spec) -> None:
    text = site_markdown(document)
    assert "!!! meta" not in text
    assert "~~~xml" not in text
    assert "[?](#" not in text
    assert re.search(r"\{#\S+ (?:kind|authority)=", text) is None
    words = " ".join(rendered(document).words)
    assert re.search(r"!!! (?:info|quote|success|failure) ", words) is None
    assert "{ #" not in words


HOSTILE = """# A {#a authority=root}

The assistant must be kind.
{#a.kind kind=rule}

**Example**: "quotes" & <b>markup</b>

~~~~xml
<user>
# not a heading
<script>alert(1)</script> *stars* `ticks` [link](http://x.example) | 1 | $x$
1. not a list
!!! not a box
</user>
<user>
    # not code either? it is
<script>alert(2)</script>
</user>
<assistant> <!-- BAD[#a.kind]: "rude" <i>& worse</i> -->
```python
print("<b>")
~~~
```
</assistant>
~~~~
"""


def test_what_a_reply_says_is_shown_and_never_rendered() -> None:
    page = rendered(compile_spec(HOSTILE))
    assert not {"script", "b", "i", "em", "ol", "table"} & page.tags
    assert "http://x.example" not in page.links
    words = "".join(page.words)
    for said in ("# not a heading", "<script>alert(1)</script> *stars* `ticks` [link](http://x.example) | 1 | $x$"):
        assert said in words
    assert "<script>alert(2)</script>" in words
    assert 'print("<b>")' in words


def test_what_is_plain_markdown_stays_as_it_is(bundled: Spec) -> None:
    text = site_markdown(bundled)
    prose = [block.text.rstrip() for block in parse(bundled.text).blocks if isinstance(block, Paragraph | ListItem)]
    assert len(prose) > 50
    assert [part for part in prose if part not in text] == []


def test_a_document_that_extends_another_lists_what_it_inherits(tmp_path: Path) -> None:
    (tmp_path / "parent.md").write_text(
        "---\nspec: parent\nversion: 2\n---\n# A {#a authority=root}\n\nBe kind to *all*.\n"
        "{#a.kind kind=rule polarity=must}\n"
    )
    (tmp_path / "child.md").write_text(
        "---\nspec: child\nversion: 1\nextends: parent.md\n---\n# B {#b authority=root}\n\nBe brief.\n"
        "{#b.brief kind=rule polarity=should}\n"
    )
    page = rendered(load_spec(tmp_path / "child.md"))
    assert {"a.kind", "b.brief"} <= page.ids
    assert "Inherited from parent 2" in page.words


@pytest.mark.parametrize("which", ["bundled", "published"])
def test_mkdocs_builds_the_page_without_a_warning(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    spec = request.getfixturevalue(which)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(site_markdown(spec), encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(SETTINGS)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", "site"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    complaints = [line for line in done.stderr.splitlines() if line.startswith(("WARNING", "ERROR"))]
    assert (done.returncode, complaints) == (0, []), done.stderr
    assert spec.name in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
