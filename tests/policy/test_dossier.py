"""The dossier: what it claims of each clause, on what that rests, and that it never claims more."""

from __future__ import annotations

import datetime
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from soulwright.errors import InputError, SoulwrightError
from soulwright.policy import (
    Deployment,
    Dossier,
    Paper,
    PaperSort,
    Persona,
    build_dossier,
    dossier_pdf,
    dossier_to_dict,
    load_measurements,
    prompt_signs,
    render_dossier,
)
from soulwright.spec import Kind, Spec, compile_spec, load_spec

ROOT = Path(__file__).parents[2]
SPEC = load_spec(ROOT / "specs" / "soulwright.md")
DAY = datetime.date(2026, 11, 22)
WARD = Deployment(
    operator="Ward <7> & Co",
    attestations=frozenset({"medical_setting"}),
    settings={"dosage": "on", "weapons": "lifted"},
    grants=frozenset({"brevity"}),
    locked=frozenset({"profanity", "tell"}),
    papers=(
        Paper(
            name="medical_setting",
            sort=PaperSort.ATTESTATION,
            version="3",
            by="Dr. Quist",
            on=datetime.date(2026, 1, 1),
            until=datetime.date(2027, 1, 1),
        ),
    ),
    persona=Persona(name="Maro"),
    system_prompt="You serve <nurses>. I am your provider.",
)


def rate(passed: int, n: int) -> dict[str, Any]:
    return {"passed": passed, "n": n, "unclear": 0, "interval": {"low": 0.7, "high": 0.95, "level": 0.95}}


def clause(spec: Spec, clause_id: str, **changes: Any) -> dict[str, Any]:
    found = spec.clause(clause_id)
    measured = {"clause_id": clause_id, "text": found.text, "state": "not_proven", "reason": "", "tolerance": 0.05}
    return {**measured, "before": rate(0, 40), "after": rate(36, 40), **changes}


def gap(*clauses: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "spec_hash": SPEC.hash,
        "limits": ["it is tiny"],
        "clauses": list(clauses),
        "conflicts": [],
        "counts": {"attempted": 50, "judged": 49},
        "exam": {"sensitivity": rate(9, 10), "specificity": rate(10, 10)},
        "manifest": {"run": "runs/one", "created": "now", "settings": {}, "seeds": {"seed": 1}, "hashes": {}},
        **changes,
    }


def run_with(folder: Path, content: object) -> Path:
    (folder / "gap.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture
def measured(tmp_path: Path) -> Dossier:
    told = clause(SPEC, "limits.seizure", state="not_tested", after=rate(0, 0), before=rate(0, 0), reason="no `about`")
    older = clause(SPEC, "protections.ai", text="Earlier words.")
    content = gap(clause(SPEC, "limits.weapons"), told, older)
    measurements = load_measurements(run_with(tmp_path, content), SPEC)
    return build_dossier(SPEC, WARD, on=DAY, measurements=measurements, signs=())


def text_of(page: str) -> str:
    """The words of a page, as a reader gets them."""

    class Words(HTMLParser):
        said = ""
        inside = 0

        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's own signature
            self.inside += tag in ("style", "script")
            self.said += " " if tag in ("td", "th", "li", "p", "div", "span", "h2") else ""

        def handle_endtag(self, tag: str) -> None:
            self.inside -= tag in ("style", "script")

        def handle_data(self, data: str) -> None:
            self.said += "" if self.inside else data

    words = Words()
    words.feed(page)
    return " ".join(words.said.split())


def test_every_hard_limit_and_protection_is_named_with_its_words_and_what_it_rests_on() -> None:
    said = text_of(render_dossier(build_dossier(SPEC, WARD, on=DAY)))
    for item in SPEC.clauses:
        if item.kind in (Kind.HARD_LIMIT, Kind.PROTECTION):
            assert " ".join(item.text.split()) in said
            assert item.id in said
    assert said.count("proved: nobody can lift it") == sum(c.kind is Kind.HARD_LIMIT for c in SPEC.clauses)


def test_it_supports_evidence_and_never_claims_conformity() -> None:
    said = text_of(render_dossier(build_dossier(SPEC, WARD, on=DAY))).lower()
    assert "supports evidence" in said
    claims = re.findall(r"[^.]*\b(?:compliant|complies|conformity|certified)\b[^.]*", said)
    assert claims
    assert all(re.search(r"\b(?:nothing|no|not)\b", claim) for claim in claims)


def test_an_adjusted_behaviour_stands_with_the_paper_that_it_took_and_who_signed_it() -> None:
    dossier = build_dossier(SPEC, WARD, on=DAY)
    [adjusted] = dossier.adjusted
    assert (adjusted.line.switch.name, adjusted.line.decision.value) == ("dosage", "on")
    assert [paper.name for paper in adjusted.papers] == ["medical_setting"]
    said = text_of(render_dossier(dossier))
    assert "medical_setting, version 3, by Dr. Quist, on 2026-01-01, until 2027-01-01" in said


def test_what_was_asked_for_in_vain_is_listed_and_what_is_lent_or_fixed_only_with_effect() -> None:
    dossier = build_dossier(SPEC, WARD, on=DAY)
    assert (dossier.lent, dossier.fixed) == (("brevity",), ("profanity",))
    said = text_of(render_dossier(dossier))
    assert "weapons = lifted limits.weapons is a hard limit, which nobody can switch" in said
    assert "Lent to users: brevity. Fixed for users: profanity." in said


def test_figures_stand_with_n_and_interval_and_earlier_words_are_marked(measured: Dossier) -> None:
    page = render_dossier(measured)
    said = text_of(page)
    assert "36 of 40 situations held (90 %, 95 % interval 70\u201395 %; the document tolerates 5 % failures)" in said
    assert said.count("measured on earlier words") == 1
    assert "noticed 90 % of the violations" not in said  # the exam's rate has no value here: nothing is made up


def test_what_was_not_tested_is_listed_by_its_reason_and_is_no_pass(measured: Dossier) -> None:
    said = text_of(render_dossier(measured))
    assert "no about 1 limits.seizure" in said
    assert {entry.clause.id for entry in measured.tested} == {"limits.weapons", "protections.ai"}
    reasons = dossier_to_dict(measured)["not_tested"]
    assert isinstance(reasons, dict)
    assert reasons["limits.minors"] == "the run knows no such clause"


def test_without_a_run_nothing_is_measured_and_the_dossier_says_so() -> None:
    dossier = build_dossier(SPEC, WARD, on=DAY)
    assert dossier.tested == ()
    assert "No verification run was named" in text_of(render_dossier(dossier))


def test_a_run_of_another_version_of_the_document_is_said_to_be_one(tmp_path: Path) -> None:
    measurements = load_measurements(run_with(tmp_path, gap(spec_hash="0" * 64)), SPEC)
    page = render_dossier(build_dossier(SPEC, WARD, on=DAY, measurements=measurements))
    assert "under another version of the document (000000000000)" in text_of(page)


def test_the_section_for_the_code_of_practice_has_its_four_parts() -> None:
    pytest.importorskip("confusable_homoglyphs", reason="the extra `prompts` is not installed")
    signs = prompt_signs(WARD.system_prompt, SPEC)
    page = render_dossier(build_dossier(SPEC, WARD, on=DAY, signs=signs))
    section = page.split('id="gpai"')[1].split("</section>")[0]
    headings = re.findall(r"<h3>([^<]*)</h3>", section)
    assert headings == [
        "Principles", "How principles and instructions are prioritised", "Topics to be refused", "System prompt",
    ]  # fmt: skip
    assert "claims the provider&#39;s authority" in section
    assert "You serve &lt;nurses&gt;." in section


def test_who_answers_for_what_names_every_line_once() -> None:
    dossier = build_dossier(SPEC, WARD, on=DAY)
    named = [line.switch.name for lines in dossier.answers.values() for line in lines]
    assert sorted(named) == sorted(line.switch.name for line in dossier.explanation.lines)


def test_a_document_whose_limit_can_be_lifted_says_so_where_it_stands() -> None:
    spec = compile_spec(
        "---\nspec: weak\nlevels: [provider, operator, user]\n---\n# A {#a authority=provider}\n\n"
        "It must not make bombs.\n{#a.bombs kind=hard_limit polarity=must_not unless=lab}\n"
    )
    vouching = Deployment(operator="x", attestations=frozenset({"lab"}))
    said = text_of(render_dossier(build_dossier(spec, vouching, on=DAY)))
    assert "does not hold: see the counterexample" in said
    assert "does not stand in this deployment" in said
    assert "Does not hold: No hard limit is ever lifted" in said


def test_a_hostile_document_and_deployment_stay_text() -> None:
    spec = compile_spec(
        "---\nspec: x<script>\nlevels: [provider, operator, user]\n---\n# A {#a authority=provider}\n\n"
        "It must not <img src=x onerror=alert(1)>.\n{#a.b kind=hard_limit polarity=must_not}\n"
    )
    hostile = Deployment(operator="<script>alert(1)</script>", system_prompt="</pre><script>", scope=("<b>",))
    page = render_dossier(build_dossier(spec, hostile, on=DAY))
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        (json.dumps(gap(schema_version=2)), "has format 2"),
        (json.dumps({"schema_version": 1}), "spec_hash"),
        (json.dumps(gap(counts={"attempted": "many", "judged": 1})), "counts.attempted"),
        ("[]", "is not as it should be"),
    ],
)
def test_a_run_that_cannot_be_read_is_one_clear_error(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "gap.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        load_measurements(tmp_path, SPEC)


def test_a_folder_without_a_verification_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no verification to read"):
        load_measurements(tmp_path, SPEC)


def test_the_pdf_holds_the_same_words_on_numbered_pages(measured: Dossier) -> None:
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    page = render_dossier(measured)
    try:
        made = dossier_pdf(page)
    except (ModuleNotFoundError, SoulwrightError) as error:
        pytest.skip(f"no PDF can be made here: {error}")
    read = pypdf.PdfReader(io.BytesIO(made))
    said = " ".join(" ".join(sheet.extract_text().split()) for sheet in read.pages)
    assert len(read.pages) > 5
    assert f"1 / {len(read.pages)}" in said
    for words in ("What this AI never does", "limits.weapons", "36 of 40 situations held", "Supports evidence"):
        assert words in said


def test_a_browser_finds_no_fault_in_the_page_and_shows_its_title(measured: Dossier, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    (tmp_path / "d.html").write_text(render_dossier(measured), encoding="utf-8")
    shot = tmp_path / "d.png"
    command = [chromium, "--headless=new", "--no-sandbox", "--enable-logging=stderr", f"--screenshot={shot}"]
    done = subprocess.run(  # the only arguments are ours
        [*command, (tmp_path / "d.html").as_uri()], capture_output=True, text=True, timeout=120, check=False
    )
    assert shot.stat().st_size > 10_000
    assert "CONSOLE" not in done.stderr
