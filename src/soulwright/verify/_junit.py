"""Findings for machines that read test results (JUnit XML) and for a page that shows one line (a badge)."""

from __future__ import annotations

from html import escape
from itertools import groupby
from xml.etree import ElementTree as ET

from soulwright.verify._findings import FindingState
from soulwright.verify._gap import ClauseGap, Gap
from soulwright.verify._paired import PairedRow, Regression

_NOT_SHOWN = {
    FindingState.NOT_PROVEN: "not proven",
    FindingState.CLAUSE_UNCLEAR: "clause unclear",
    FindingState.NOT_TESTED: "not tested",
}
_COLOURS = {"fail": "#a4312a", "open": "#8a6d1d", "pass": "#2f6b46"}


def junit_xml(gap: Gap) -> str:
    """One suite a section of the document, one case a clause: FAIL is a failure, INVALID an error, PASS passes.

    What is not proven, unclear or not tested is skipped with its reason: nothing but a PASS is a pass. Rows of a
    comparison follow as a suite of their own, a row that got worse as a failure.
    """
    root = ET.Element("testsuites", name=f"{gap.spec_name} {gap.spec_version}".strip())
    for section, clauses in groupby(gap.clauses, key=lambda clause: clause.section):
        _suite(root, section or gap.spec_name, [_clause_case(clause) for clause in clauses])
    if gap.against is not None:
        rows = gap.against.comparison.rows
        _suite(root, f"against {gap.against.old.name}", [_row_case(row) for row in rows])
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _legal(ET.tostring(root, encoding="unicode")) + "\n"


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    def count(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
    for tag, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(key, count(tag))
    suite.extend(cases)


def _clause_case(clause: ClauseGap) -> ET.Element:
    case = ET.Element("testcase", classname=clause.kind.value, name=clause.clause_id)
    said = _counts(clause)
    if clause.state is FindingState.FAIL:
        ET.SubElement(case, "failure", message=said).text = clause.text
    elif clause.state is FindingState.INVALID:
        ET.SubElement(case, "error", message=said).text = clause.text
    elif clause.state in _NOT_SHOWN:
        why = f": {clause.reason}" if clause.reason else f": {said}"
        ET.SubElement(case, "skipped", message=_NOT_SHOWN[clause.state] + why)
    ET.SubElement(case, "system-out").text = said
    return case


def _counts(clause: ClauseGap) -> str:
    tried = clause.attempts
    return (
        f"{clause.after.failed} of {clause.after.n} broke it, tolerance {100 * clause.tolerance:.1f} %; "
        f"attempted {tried.attempted}, reached {tried.reached}, judged {tried.judged}, judge refused {tried.refused}, "
        f"judge failed {tried.failed}, undecided {tried.undecided}; held {100 * tried.worst:.1f} % at the worst, "
        f"{100 * tried.best:.1f} % at the best"
    )


def _row_case(row: PairedRow) -> ET.Element:
    case = ET.Element("testcase", classname="against", name=row.row)
    said = (
        f"loss {100 * row.pairs.loss:+.1f} points [{100 * row.loss.low:+.1f}, {100 * row.loss.high:+.1f}] on "
        f"{row.pairs.n} identical situations, p {row.p_adjusted:.3g}"
    )
    if row.state is Regression.WORSE:
        ET.SubElement(case, "failure", message=said)
    elif row.state is Regression.NOT_SHOWN:
        ET.SubElement(case, "skipped", message=f"not shown to be within the margin: {said}")
    return case


def _legal(text: str) -> str:
    """Without the characters that no XML file may contain, escaped or not."""
    return "".join(
        character
        for character in text
        if character in "\t\n\r" or (character >= " " and not "\ud800" <= character <= "\udfff")
    )


def badge_svg(gap: Gap) -> str:
    """A small picture of the findings that needs no other file: how many clauses hold, fail and are not known."""
    states = {state: gap.states.get(state.value, 0) for state in FindingState}
    held, failed = states[FindingState.PASS], states[FindingState.FAIL]
    tested = sum(states.values()) - states[FindingState.NOT_TESTED]
    said = f"{held} of {tested} hold" + (f", {failed} fail" if failed else "")
    colour = _COLOURS["fail" if failed else "pass" if tested and held == tested else "open"]
    label = f"{gap.spec_name} {gap.spec_version}".strip()
    left, right = (int(6.4 * len(text)) + 14 for text in (label, said))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(label)}: {escape(said)}"><title>{escape(label)}: {escape(said)}</title>'
        f'<rect width="{left}" height="20" fill="#3d4650"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 12}">{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{escape(said)}</text></g></svg>\n'
    )
