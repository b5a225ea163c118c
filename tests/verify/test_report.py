"""The report is one inert file: whatever a document or a model says in it stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from types import ModuleType
from typing import cast

import pytest

from soulwright.spec import Spec
from soulwright.verify import (
    Arm,
    Gap,
    Judged,
    LossPoint,
    Manifest,
    Prompt,
    RunRecord,
    Verdict,
    build_gap,
    render_report,
)

HOSTILE = "</script><img src=x onerror=alert(1)><!-- <script>alert(2)</script> {{ 7*7 }} \u2028 \ud800 &lt;b&gt;"


class Page(HTMLParser):
    """What a browser would build: the tags, their attributes, and the text of each script."""

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
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def transcripts(page: Page) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", json.loads(page.scripts[1]))


@pytest.fixture(scope="session")
def html(gap: Gap, judged: list[Judged], spec: Spec) -> str:
    return render_report(gap, judged, spec)


@pytest.fixture(scope="session")
def page(html: str) -> Page:
    return Page(html)


def test_the_report_asks_nothing_of_the_network(html: str, page: Page) -> None:
    assert "http://" not in html
    assert "https://" not in html
    assert not [attrs for _, attrs in page.tags if {"src", "srcset"} & attrs.keys()]
    assert all((attrs["href"] or "").startswith("#") for _, attrs in page.tags if "href" in attrs)
    assert "@import" not in html
    assert "url(" not in html


def test_only_the_pages_own_script_may_run(page: Page) -> None:
    policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    own = base64.b64encode(hashlib.sha256(page.scripts[2].encode()).digest()).decode()
    assert f"script-src 'sha256-{own}'" in (policy or "")
    assert "default-src 'none'" in (policy or "")
    assert [attrs.get("type") for tag, attrs in page.tags if tag == "script"] == ["application/json"] * 2 + [None]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_the_report_stays_small(html: str) -> None:
    assert len(html.encode()) < 6_000_000


def test_hostile_words_of_models_and_documents_stay_words(synthetic: ModuleType) -> None:
    clause = synthetic.make_clause("owed.hostile", synthetic.Kind.PROTECTION, HOSTILE[:40], 0.1, line=999)
    spec = synthetic.make_spec((clause,), name=f"Name {HOSTILE[:60]}")
    judged = [
        synthetic.make_judged("s" + HOSTILE, Verdict.FAIL, arm=arm, row="owed.hostile/" + HOSTILE[:60], said=HOSTILE,
                              reply=HOSTILE, why=HOSTILE)
        for arm in Arm
    ]  # fmt: skip
    record = RunRecord(
        limits=(HOSTILE[:60],),
        manifest=Manifest(run=HOSTILE[:60], settings={HOSTILE[:60]: HOSTILE[:60]}),
        loss_curve=(LossPoint(tokens=1, loss=1.0, lesson=HOSTILE[:60]),),
    )
    html = render_report(build_gap(spec, judged, record), judged, spec)
    html.encode("utf-8")
    page = Page(html)
    assert "img" not in {tag for tag, _ in page.tags}
    assert len(page.scripts) == 3
    assert "49" not in page.text.split("onerror", 1)[1][:40]
    carried = transcripts(page)[0]
    assert carried["id"] == "s" + HOSTILE
    assert cast("list[list[str]]", carried["replies"])[0][3] == HOSTILE
    assert cast("list[list[str]]", carried["messages"])[1] == ["user", HOSTILE]


def test_every_row_and_every_clause_can_be_found(page: Page, gap: Gap) -> None:
    rows = {attrs["data-row"] for tag, attrs in page.tags if tag == "button" and attrs.get("data-row")}
    assert rows == {str(index) for index in range(len(gap.rows))}
    for clause in gap.clauses:
        assert clause.text in page.text
        assert f"line {clause.line}" in page.text


def test_the_limits_stand_before_the_first_figure(html: str, gap: Gap) -> None:
    assert html.index(gap.limits[0]) < html.index('class="figures"')


def test_every_state_is_written_out_and_not_only_coloured(page: Page) -> None:
    for words in ("PASS", "FAIL", "NOT PROVEN", "NOT TESTED"):
        assert words in page.text


def test_a_cell_says_its_n_and_interval(page: Page) -> None:
    squares = [attrs for tag, attrs in page.tags if tag == "button" and "data-total" in attrs]
    assert len(squares) > 600
    spoken = re.compile(r"(before|after), .+: \d+ of \d+ held \(\d+ %\), 95 % interval \d+\u2013\d+ %")
    assert all(spoken.match(attrs["title"] or "") for attrs in squares)


def test_failures_come_first_into_the_transcripts_and_bring_every_arm(spec: Spec, synthetic: ModuleType) -> None:
    judged = [
        synthetic.make_judged(f"s{k}", Verdict.FAIL if k >= 50 and arm is Arm.TRAINED else Verdict.PASS, arm=arm)
        for k in range(60)
        for arm in Arm
    ]
    carried = transcripts(Page(render_report(build_gap(spec, judged, RunRecord()), judged, spec)))
    failing = [item for item in carried if cast("list[list[str]]", item["replies"])[1][2] == "fail"]
    assert len(failing) == 8
    assert len(carried) == 16
    assert all(len(cast("list[object]", item["replies"])) == 2 for item in carried)


def test_the_document_in_a_prompt_is_not_copied_into_every_transcript(synthetic: ModuleType) -> None:
    spec = synthetic.make_spec()
    judged = [
        synthetic.make_judged(f"s{k}", Verdict.PASS, prompt=Prompt.SPEC, said=f"{spec.text} And now: tea?")
        for k in range(3)
    ] + [synthetic.make_judged("bare", Verdict.PASS, said=f"{spec.text} And now: tea?")]
    html = render_report(build_gap(spec, judged, RunRecord()), judged, spec)
    assert "[the whole document] And now: tea?" in html
    assert spec.text not in Page(html).scripts[1]


def test_an_empty_run_still_makes_a_report_that_claims_nothing(spec: Spec) -> None:
    page = Page(render_report(build_gap(spec, [], RunRecord()), [], spec))
    assert "The judge was not examined" in page.text
    assert "not tested" in page.text
    assert "PASS" not in page.text


def test_a_share_reads_100_only_where_every_reply_held(spec: Spec, synthetic: ModuleType) -> None:
    judged = [synthetic.make_judged(f"s{k}", Verdict.FAIL if k == 0 else Verdict.PASS) for k in range(400)]
    html = render_report(build_gap(spec, judged, RunRecord()), judged, spec)
    assert '<p class="big">99 %</p>' in html
    assert "399 of 400 held (99 %), 95 % interval 98\u2013100 %" in html
