"""How an explanation, an option, a wish and a comparison read in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from soulwright.policy import IN_FORCE, Availability, Outcome, Principal, Reason
from soulwright.spec import Kind

if TYPE_CHECKING:
    from soulwright.policy import Comparison, Explanation, Line, Option, WhatIf

_WIDTH = 100
_MARKS = {Outcome.APPLIED: "→", Outcome.REJECTED: "✕", Outcome.SILENT: "·"}
_STANDING = ((Kind.HARD_LIMIT, "hard limit"), (Kind.PROTECTION, "protection"))


def table(explanation: Explanation) -> str:
    """Every behaviour with its value and who decided it; what stands in one line each; then what was refused."""
    spec, deployment = explanation.spec, explanation.deployment
    moved = [line for line in explanation.lines if line.switch.movers or line.decision.value != line.switch.default]
    rows = [
        (line.switch.name, line.decision.value, _decided_by(line), line.decision.responsible.value, _place(line))
        for line in moved
    ]
    parts = [f"{deployment.operator or 'no deployment'} under {spec.name} {spec.version}"]
    if rows:
        parts.append(_columns(("behaviour", "value", "decided by", "answers for it", "clause"), rows))
    parts += [sentence for kind, word in _STANDING for sentence in _standing(explanation, kind, word)]
    if explanation.ruling.rejected:
        parts.append("refused\n" + _columns(None, _refused(explanation)))
    if explanation.notes:
        parts.append("notes\n" + "\n".join(f"  {note}" for note in explanation.notes))
    return "\n\n".join(parts)


def options(explanation: Explanation) -> str:
    """For each behaviour what the operator and the user could have instead."""
    movable = [line for line in explanation.lines if line.switch.movers]
    rows = [
        (line.switch.name, line.decision.value, *(_could(line, principal) for principal in _PRINCIPALS))
        for line in movable
    ]
    never = [line.switch.name for line in explanation.lines if not line.switch.movers]
    parts = ["what could be had instead"]
    if rows:
        parts.append(_columns(("behaviour", "now", "the operator", "the user"), rows))
    if never:
        clauses = ", ".join(line.clause.id for line in explanation.lines if not line.switch.movers)
        parts.append(textwrap.fill(f"off the table for everybody: {clauses}", _WIDTH, break_on_hyphens=False))
    return "\n\n".join(parts)


def why(explanation: Explanation, line: Line) -> str:
    """Every step to one value, then the clause and its reasons."""
    decision = line.decision
    steps = [
        (f"{_MARKS[step.outcome]} {step.level}", step.outcome.value, step.wanted or "", step.reason)
        for step in decision.trace
    ]
    reasons = [
        textwrap.fill(reason, _WIDTH, initial_indent="  ", subsequent_indent="  ") for reason in line.clause.reasons
    ]
    return "\n\n".join(
        [
            f"{line.switch.name} is {decision.value}: decided by the {decision.decided_by}, "
            f"the {decision.responsible.value} answers for it",
            _columns(("level", "outcome", "wanted", "reason"), steps),
            f"{line.clause.id} ({_word(line.clause.kind)}, {_source(explanation, line)}:{line.clause.span.line})\n"
            + _indented(line.clause.text),
            *([f"why the document asks for it\n{reasons[0]}"] if reasons else []),
        ]
    )


def what_if(found: Sequence[WhatIf]) -> str:
    """What would come of a wish, of the operator's and of the user's."""
    return "\n".join(line for one in found for line in _outcome(one))


def comparison(compared: Comparison) -> str:
    """Only what differs, each with the request that shows it; then the counts."""
    rows = []
    for item in compared.changed:
        witness = item.witness
        assert witness is not None, "what differs has a request that shows it"
        wish = ", ".join(f"{name}={value}" for name, value in {**witness.user.implied, **witness.user.settings}.items())
        manner = " (implied)" if witness.user.implied else ""
        shown = f"{f'a user who wants {wish}{manner}' if wish else 'a user without a wish'}"
        rows.append((item.behaviour, _plain(item.relation.value), shown, f"{witness.before} → {witness.after}"))
    counts = ", ".join(f"{count} {_plain(relation)}" for relation, count in _counts(compared))
    before, after = compared.before, compared.after
    head = (
        f"{before.deployment.operator or 'no deployment'} under {before.spec.name} {before.spec.version}  →  "
        f"{after.deployment.operator or 'no deployment'} under {after.spec.name} {after.spec.version}"
    )
    shown_rows = [_columns(("behaviour", "becomes", "shown by", "gets"), rows)] if rows else []
    return "\n\n".join([head, *shown_rows, counts])


_PRINCIPALS = (Principal.OPERATOR, Principal.USER)


def _indented(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _counts(compared: Comparison) -> Iterator[tuple[str, int]]:
    from soulwright.policy import Relation

    for relation in Relation:
        yield relation.value, compared.count(relation)


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _word(kind: Kind) -> str:
    return _plain(kind.value)


def _decided_by(line: Line) -> str:
    """The level, or the document where no level moved it."""
    last = next(step for step in reversed(line.decision.trace) if step.outcome is Outcome.APPLIED)
    return "the document" if last.code in (Reason.DEFAULT, Reason.BOUND) else line.decision.decided_by


def _place(line: Line) -> str:
    """The clause and its line; with the document that holds it where another one was extended."""
    inherited = f"{line.clause.source.rpartition('/')[2]} " if line.clause.source else ""
    return f"{line.clause.id}, {inherited}line {line.clause.span.line}"


def _source(explanation: Explanation, line: Line) -> str:
    return line.clause.source or explanation.spec.source


def _standing(explanation: Explanation, kind: Kind, word: str) -> Iterator[str]:
    lines = [line for line in explanation.lines if line.switch.kind is kind and not line.switch.movers]
    held = [line.clause.id for line in lines if line.decision.value == IN_FORCE]
    if held:
        plural = "s stand" if len(held) > 1 else " stands"
        text = f"{len(held)} {word}{plural}: {', '.join(held)}"
        yield textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _refused(explanation: Explanation) -> Iterator[tuple[str, ...]]:
    for item in explanation.ruling.rejected:
        yield (f"  the {item.level}", f"{item.behaviour}: {item.wanted}", item.reason)


def _could(line: Line, principal: Principal) -> str:
    """Each other value with what it takes, in a few words."""
    others = [
        option for option in line.options if option.principal is principal and option.value != line.decision.value
    ]
    return "; ".join(f"{option.value}: {_takes(option)}" for option in others)


def _takes(option: Option) -> str:
    needs = " and ".join(option.needs)
    match option.availability:
        case Availability.NOW:
            return "now"
        case Availability.AFTER:
            return f"after {needs}"
        case Availability.BY_GRANT:
            return "if the operator grants it" + (f", after {needs}" if needs else "")
        case Availability.FIXED:
            return "fixed by the operator"
        case Availability.OFF_THE_TABLE:
            return f"never ({option.by})"


def _outcome(found: WhatIf) -> Iterator[str]:
    subject = "if the operator set it so" if found.principal is Principal.OPERATOR else "if the user asked for it"
    last = next(step for step in reversed(found.decision.trace) if step.outcome is not Outcome.SILENT)
    verdict = f"{found.behaviour} would be {found.decision.value}"
    yield f"{subject}: {verdict} ({last.reason})"
    for name, before, after in found.changes:
        if name != found.behaviour:
            yield f"  and {name} would go from {before} to {after}"


def _columns(head: tuple[str, ...] | None, rows: Iterable[tuple[str, ...]]) -> str:
    """Rows aligned in columns of their widest cell; the last column is as wide as it is."""
    listed = [*([head] if head else []), *rows]
    widths = [max(len(row[column]) for row in listed) for column in range(len(listed[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in listed]
    if head:
        lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)
