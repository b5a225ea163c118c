"""The dossier for people: one HTML page for screen and paper that turns into a PDF, with no script."""

from __future__ import annotations

from soulwright.errors import SoulwrightError
from soulwright.policy._deployment import Paper
from soulwright.policy._dossier import Dossier, Entry
from soulwright.policy._explain import Availability, Line, Option
from soulwright.policy._html import filled
from soulwright.policy._measured import Measured
from soulwright.policy._prove import Promise, Proved
from soulwright.policy._ruling import Principal
from soulwright.spec import Kind

_STATES = {
    "pass": ("✓", "PASS"),
    "fail": ("✕", "FAIL"),
    "not_proven": ("?", "NOT PROVEN"),
    "clause_unclear": ("≈", "CLAUSE UNCLEAR"),
    "not_tested": ("·", "NOT TESTED"),
}
_PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0, or print the HTML page from a browser"


def render_dossier(dossier: Dossier) -> str:
    """The dossier as one self-contained HTML document."""
    return filled(
        "dossier",
        filters={"percent": _percent, "had": _had, "dated": _dated, "kind": _kind, "lines": _lines},
        d=dossier,
        title=dossier.deployment.operator or "No deployment",
        states=_STATES,
        verdict=_verdict(dossier),
        options=[_Could(line) for line in dossier.explanation.lines if line.switch.kind is Kind.DEFAULT],
        proved=[promise for promise in dossier.proof.promises if promise.outcome is Proved.HOLDS],
        failing=[promise for promise in dossier.proof.promises if promise.outcome is Proved.FAILS],
        vacuous=[promise for promise in dossier.proof.promises if promise.outcome is Proved.VACUOUS],
        rests_on=_rests_on,
        untested=_by_reason(dossier.untested),
        provider=Principal.PROVIDER,
        operator=Principal.OPERATOR,
        user=Principal.USER,
        limit_promise=dossier.proof.promise("hard-limits-stand"),
        protection_promise=dossier.proof.promise("protections-stand"),
        states_count=_states(dossier),
        levels=", ".join(dossier.spec.levels),
        tie=str(dossier.spec.front_matter.get("tie", "") or ""),
    )


def dossier_pdf(page: str) -> bytes:
    """The page of `render_dossier` as a PDF, made by WeasyPrint.

    ModuleNotFoundError where the extra `pdf` is not installed, SoulwrightError where the system lacks its libraries.
    """
    try:
        from weasyprint import HTML
    except OSError as error:
        raise SoulwrightError(f"no PDF can be made here: {str(error).splitlines()[0]}", help=_PANGO) from error
    # Nothing may be fetched: the page is whole, and a document could name any address.
    return bytes(HTML(string=page, url_fetcher=_refuse).write_pdf())


def _refuse(url: str, **_: object) -> object:
    raise SoulwrightError(f"the page wanted to load `{url}`", help="a dossier loads nothing; report this")


class _Could:
    """What an operator and a user could have of one behaviour."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.operator = _summary(line, Principal.OPERATOR)
        self.user = _summary(line, Principal.USER)


def _summary(line: Line, who: Principal) -> list[tuple[str, str, str]]:
    """For each way of having it: the class, the words, and the values."""
    found: dict[tuple[str, str], list[str]] = {}
    for option in line.options:
        if option.principal is who and option.value != line.decision.value:
            found.setdefault((option.availability.value, _how(option)), []).append(option.value)
    return [(availability, how, ", ".join(values)) for (availability, how), values in found.items()]


def _how(option: Option) -> str:
    papers = " and ".join(option.needs)
    return {
        Availability.NOW: "now",
        Availability.AFTER: f"after {papers}",
        Availability.BY_GRANT: "if the operator grants it" + (f", after {papers}" if papers else ""),
        Availability.FIXED: "not while the operator keeps it fixed",
        Availability.OFF_THE_TABLE: f"off the table, by {option.by}",
    }[option.availability]


def _verdict(dossier: Dossier) -> str:
    """The dossier in three sentences."""
    limits, owed = len(dossier.limits), len(dossier.protections)
    standing = all(entry.stands for entry in (*dossier.limits, *dossier.protections))
    stand = "stand" if standing else "do not all stand"
    first = f"{_count(limits, 'hard limit')} and {_count(owed, 'protection')} of users {stand} in this deployment."
    failing = sum(promise.outcome is Proved.FAILS for promise in (*dossier.proof.promises, *dossier.here.promises))
    promises = sum(promise.outcome is Proved.HOLDS for promise in dossier.proof.promises)
    second = (
        f"{promises} promises were held against {dossier.proof.cases:,} inputs of every possible operator and user"
        + (" and hold." if not failing else f"; {failing} more fail.")
    )
    moved = len(dossier.adjusted)
    refused = len(dossier.explanation.ruling.rejected)
    third = f"The operator has moved {_count(moved, 'behaviour')}" + (
        f", and asked for {_count(refused, 'thing')} in vain." if refused else " and asked for nothing in vain."
    )
    return f"{first} {second} {third}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _states(dossier: Dossier) -> list[tuple[str, int]]:
    entries = (*dossier.limits, *dossier.protections, *dossier.others)
    found = [entry.measured.state if entry.measured and entry.measured.n else "not_tested" for entry in entries]
    return [(state, found.count(state)) for state in _STATES if state in found]


def _by_reason(entries: tuple[Entry, ...]) -> list[tuple[str, list[Entry]]]:
    """The clauses of which nothing was measured, by why; the most common reason first."""
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.unmeasured or "the run says nothing of it", []).append(entry)
    return sorted(grouped.items(), key=lambda item: -len(item[1]))


def _rests_on(entry: Entry, promise: Promise) -> str:
    """What the claim about one clause rests on."""
    if promise.outcome is Proved.FAILS and any(
        _concerns(entry, example.clause_ids) for example in promise.counterexamples
    ):
        return "does not hold: see the counterexample"
    return "proved: nobody can switch it off" if entry.clause.kind is Kind.PROTECTION else "proved: nobody can lift it"


def _concerns(entry: Entry, clause_ids: tuple[str, ...]) -> bool:
    return entry.clause.id in clause_ids


def _had(measured: Measured) -> str:
    return f"{measured.held} of {measured.n} situations held"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}".rstrip("0").rstrip(".")


def _dated(paper: Paper) -> str:
    """Who signed a paper and when, as far as it says."""
    parts = [f"version {paper.version}"] if paper.version else []
    parts += [f"by {paper.by}"] if paper.by else []
    parts += [f"on {paper.on.isoformat()}"] if paper.on else []
    parts += [f"until {paper.until.isoformat()}"] if paper.until else []
    return ", ".join(parts) or "no signature, date or version is given"


def _kind(kind: Kind) -> str:
    return kind.value.replace("_", " ")


def _lines(entries: tuple[Line, ...]) -> str:
    return ", ".join(line.switch.name for line in entries)
