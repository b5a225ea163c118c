"""Whatever a document says, what is exported of it loads: no words of it become syntax of another format."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import jsonschema
import markdown
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.spec.exports.test_site import EXTENSIONS
from trestle.oscal.catalog import Catalog

from soulwright.errors import SoulwrightError
from soulwright.spec import Spec, compile_spec
from soulwright.spec.exports import (
    compiled_document,
    compiled_schema,
    estimate_tokens,
    oscal_catalog,
    site_markdown,
    statements,
    system_prompt,
)

TEMPLATE = """---
spec: x
version: 1
levels: [provider, operator, user]
---
# Title {title} {{#a authority=provider}}

The assistant must not do it. {words}
{{#a.first kind=hard_limit}}

The assistant should do it. {words}
{{#a.second kind=default default=off adjustable_by=operator}}

**Example**: {caption}

~~~~~~~~xml
<user>
{said}
</user>
<comparison>
<assistant> <!-- GOOD[#a.first]: {reason} -->
{said}
</assistant>
<assistant> <!-- BAD: {reason} -->
{words}
</assistant>
</comparison>
~~~~~~~~
"""
pieces = st.sampled_from(
    [
        *("<script>x</script>", "&amp;", "**", "_", "`", "```", "~~~", "[a](#b)", "[?](#a)", "[^1]", "{#z}", "{{ y }}"),
        *(
            "!!! note",
            "# h",
            "1. a",
            "- b",
            "> q",
            "|a|b|",
            "$$",
            "\\",
            '"',
            "'",
            "--",
            "<b>",
            "</div>",
            "é",
            "日本",
            "\u200b",
        ),
        *("word", "Sentence one. ", "\t", "  ", "0", ":", "%}", "{%"),
    ]
)
line = st.lists(st.one_of(pieces, st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=5)),
                max_size=6).map(" ".join)  # fmt: skip
lines = st.lists(line, max_size=4).map("\n".join)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    text = TEMPLATE.format(title=draw(line), words=draw(line), caption=draw(line), said=draw(lines), reason=draw(line))
    try:
        return compile_spec(text)
    except SoulwrightError:
        assume(False)
        raise


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.boxes = 0
        self.inside: list[str] = []
        self.raw: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {given.get("id") or ""} - {""}
        if tag == "details":
            self.boxes += 1
        if self.boxes and tag in ("script", "b"):
            self.raw.add(tag)


@settings(max_examples=25)
@given(specs())
def test_every_export_of_it_loads(spec: Spec) -> None:
    jsonschema.validate(compiled_document(spec), compiled_schema())
    Catalog.model_validate(oscal_catalog(spec, modified="2026-11-01T00:00:00+00:00")["catalog"])
    rows = [json.loads(json.dumps(row)) for row in statements(spec)]
    assert [row["id"] for row in rows] == ["a.first", "a.second"]
    prompt = system_prompt(spec, max_tokens=400)
    assert estimate_tokens(prompt.text) == prompt.tokens <= 400


@settings(max_examples=25)
@given(specs())
def test_its_markdown_keeps_anchors_and_boxes_and_renders_no_markup_of_a_reply(spec: Spec) -> None:
    page = Tags(markdown.markdown(site_markdown(spec).split("---\n", 2)[2], extensions=EXTENSIONS))
    assert page.raw == set()
    assert "a" in page.ids
