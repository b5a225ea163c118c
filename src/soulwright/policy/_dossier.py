"""The dossier: what a security officer, a lawyer or a regulator asks about one deployment, with the evidence for it.

Everything in it is a function of the document, the deployment and, where a run is named, what was measured. Nothing in
it says that anything complies with anything: it says what supports evidence for what.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from soulwright.policy._deployment import Deployment, Paper, PaperSort, UserAdjustments
from soulwright.policy._explain import Availability, Explanation, Line, explain
from soulwright.policy._measured import Measured, Measurements
from soulwright.policy._prompt import PromptSign
from soulwright.policy._prove import Proof, prove
from soulwright.policy._record import pins_of
from soulwright.policy._ruling import Principal
from soulwright.spec import Clause, Kind, Polarity, Spec

NOT_MEASURED = "no verification run was named"
NOT_IN_RUN = "the run knows no such clause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One clause with what came of it here: whether it stands, and what was measured of it."""

    clause: Clause
    stands: bool
    waivable_by: tuple[str, ...]
    measured: Measured | None
    unmeasured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """One behaviour that is not at the document's default, who moved it, and the papers that it took."""

    line: Line
    papers: tuple[Paper, ...]
    measured: Measured | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that the page shows. `signs` is None where the system prompt was not looked at."""

    spec: Spec
    deployment: Deployment
    on: datetime.date
    explanation: Explanation
    proof: Proof
    here: Proof
    limits: tuple[Entry, ...]
    protections: tuple[Entry, ...]
    others: tuple[Entry, ...]
    adjusted: tuple[Adjusted, ...]
    measurements: Measurements | None
    signs: tuple[PromptSign, ...] | None
    pins: Mapping[str, str]

    @property
    def answers(self) -> Mapping[Principal, tuple[Line, ...]]:
        """The lines of the ruling by who answers for what came out."""
        lines = self.explanation.lines
        return {who: tuple(line for line in lines if line.decision.responsible is who) for who in Principal}

    @property
    def open_to_users(self) -> tuple[Line, ...]:
        """The behaviours that users of this deployment can move as things stand."""
        return tuple(line for line in self.explanation.lines if any(_now(line)))

    @property
    def lent(self) -> tuple[str, ...]:
        """What the operator grants to users with effect."""
        return self._with_effect("grant", self.deployment.grants)

    @property
    def fixed(self) -> tuple[str, ...]:
        """What the operator locks with effect."""
        return self._with_effect("lock", self.deployment.locked)

    def _with_effect(self, what: str, names: frozenset[str]) -> tuple[str, ...]:
        vain = {it.behaviour for it in self.explanation.ruling.rejected if it.wanted == what}
        return tuple(sorted(names - vain))

    @property
    def untested(self) -> tuple[Entry, ...]:
        """The clauses of which nothing was measured, each with the reason."""
        entries = (*self.limits, *self.protections, *self.others)
        return tuple(entry for entry in entries if entry.measured is None or not entry.measured.n)

    @property
    def tested(self) -> tuple[Entry, ...]:
        """The clauses of which something was measured."""
        untested = {entry.clause.id for entry in self.untested}
        entries = (*self.limits, *self.protections, *self.others)
        return tuple(entry for entry in entries if entry.clause.id not in untested)

    @property
    def refused_topics(self) -> tuple[Clause, ...]:
        """Everything that the document says the model must not do, whoever asks."""
        wanted = (Kind.HARD_LIMIT, Kind.RULE, Kind.PROTECTION)
        return tuple(c for c in self.spec.clauses if c.kind in wanted and c.polarity is Polarity.MUST_NOT)


def build_dossier(
    spec: Spec,
    deployment: Deployment,
    *,
    on: datetime.date,
    measurements: Measurements | None = None,
    signs: tuple[PromptSign, ...] | None = None,
) -> Dossier:
    """Explain, prove and lay beside each clause what was measured of it; ModuleNotFoundError as `prove` raises it."""
    explanation = explain(spec, deployment)
    ruled = {line.clause.id: line for line in explanation.lines}

    def entries(*kinds: Kind) -> tuple[Entry, ...]:
        return tuple(_entry(clause, ruled, measurements) for clause in spec.clauses if clause.kind in kinds)

    rest = tuple(kind for kind in Kind if kind not in (Kind.HARD_LIMIT, Kind.PROTECTION, Kind.META, Kind.DEFINITION))
    return Dossier(
        spec=spec,
        deployment=deployment,
        on=on,
        explanation=explanation,
        proof=prove(spec),
        here=prove(spec, deployment),
        limits=entries(Kind.HARD_LIMIT),
        protections=entries(Kind.PROTECTION),
        others=entries(*rest),
        adjusted=tuple(_adjusted(explanation, measurements)),
        measurements=measurements,
        signs=signs,
        pins=pins_of(spec, deployment, UserAdjustments()),
    )


def dossier_to_dict(dossier: Dossier) -> dict[str, object]:
    """The dossier as JSON values: what is claimed of each clause and on what it rests."""
    return {
        "format": "soulwright/dossier/1",
        "spec": {"name": dossier.spec.name, "version": dossier.spec.version},
        "operator": dossier.deployment.operator,
        "on": dossier.on.isoformat(),
        "pins": dict(dossier.pins),
        "never": [_entry_to_dict(entry) for entry in dossier.limits],
        "owed": [_entry_to_dict(entry) for entry in dossier.protections],
        "adjusted": [_adjusted_to_dict(one) for one in dossier.adjusted],
        "answers": {who.value: [line.switch.name for line in lines] for who, lines in dossier.answers.items()},
        "priorities": [clause.id for clause in dossier.spec.priorities],
        "proof": {
            "holds": dossier.proof.holds,
            "holds_here": dossier.here.holds,
            "cases": dossier.proof.cases,
            "promises": {promise.name: promise.outcome.value for promise in dossier.proof.promises},
        },
        "run": dossier.measurements.run if dossier.measurements else None,
        "not_tested": {entry.clause.id: entry.unmeasured for entry in dossier.untested},
        "refused": [f"{it.level}: {it.behaviour}={it.wanted}" for it in dossier.explanation.ruling.rejected],
    }


def _entry(clause: Clause, ruled: Mapping[str, Line], measurements: Measurements | None) -> Entry:
    line = ruled.get(clause.id)
    measured = measurements.clauses.get(clause.id) if measurements else None
    unmeasured = NOT_MEASURED if measurements is None else NOT_IN_RUN if measured is None else measured.reason
    return Entry(
        clause=clause,
        stands=line is None or clause.kind is Kind.DEFAULT or line.decision.value == line.switch.default,
        waivable_by=clause.waivable_by,
        measured=measured,
        unmeasured=unmeasured,
    )


def _adjusted(explanation: Explanation, measurements: Measurements | None) -> Iterator[Adjusted]:
    deployment = explanation.deployment
    known = {paper.name: paper for paper in deployment.papers}
    for line in explanation.lines:
        if line.decision.value == line.switch.default:
            continue
        words = sorted((line.switch.requires | line.switch.unless) & (deployment.agreements | deployment.attestations))
        papers = tuple(known.get(word, _bare(word, deployment)) for word in words)
        measured = measurements.clauses.get(line.clause.id) if measurements else None
        yield Adjusted(line=line, papers=papers, measured=measured)


def _bare(word: str, deployment: Deployment) -> Paper:
    sort = PaperSort.AGREEMENT if word in deployment.agreements else PaperSort.ATTESTATION
    return Paper(name=word, sort=sort)


def _now(line: Line) -> Iterator[bool]:
    for option in line.options:
        if option.principal is Principal.USER and option.value != line.decision.value:
            yield option.availability is Availability.NOW


def _entry_to_dict(entry: Entry) -> dict[str, object]:
    return {
        "clause": entry.clause.id,
        "text": entry.clause.text,
        "stands": entry.stands,
        "waivable_by": list(entry.waivable_by),
        "measured": _measured_to_dict(entry.measured) if entry.measured and entry.measured.n else None,
        "not_measured": entry.unmeasured,
    }


def _measured_to_dict(measured: Measured) -> dict[str, object]:
    return {
        "state": measured.state,
        "held": measured.held,
        "n": measured.n,
        "interval": [measured.low, measured.high],
        "level": measured.level,
        "tolerance": measured.tolerance,
        "same_words": measured.same_words,
    }


def _adjusted_to_dict(adjusted: Adjusted) -> dict[str, object]:
    line = adjusted.line
    return {
        "behaviour": line.switch.name,
        "default": line.switch.default,
        "value": line.decision.value,
        "decided_by": line.decision.decided_by,
        "clause": line.clause.id,
        "papers": [paper.name for paper in adjusted.papers],
    }
