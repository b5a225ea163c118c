"""SW106: something that somebody may switch takes away what users are owed."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._clauses import Clause, Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    owed = [clause for clause in subject.clauses.values() if clause.kind is Kind.PROTECTION]
    for clause in subject.clauses.values():
        for protection in owed:
            if clause is not protection and (way := _takes_away(clause, protection)):
                yield Hit(
                    span=subject.clause_span(clause.id),
                    message=f"`{clause.id}` {way} the protection `{protection.id}` on line {protection.span.line}",
                    help="exempt the protection by name, or let the protection say who may waive it (`waivable_by`)",
                    locator=clause.id,
                )


def _takes_away(clause: Clause, protection: Clause) -> str:
    """How `clause` reaches `protection`; empty where it does not."""
    if protection.id in clause.lifts:
        return "lifts"
    adjustable = clause.kind is Kind.DEFAULT and set(clause.adjustable_by) - set(protection.waivable_by)
    if adjustable and clause.about is not None and clause.about == protection.about:
        return f"lets {', '.join(sorted(adjustable))} switch what is owed under"
    return ""


_WRONG = """## Persona {#persona authority=root}

The assistant must not deny that it is an AI to somebody who sincerely asks.
{#persona.owed kind=protection about=ai_disclosure polarity=must_not}

The assistant should say that it is an AI when it plays a role.
{#persona.break kind=default about=ai_disclosure default=on adjustable_by=user}
"""

RULE = Rule(
    id="SW106",
    name="protection-overridden",
    severity=Severity.ERROR,
    what="A default that somebody may switch is about the same thing as a protection, or a clause lifts a protection.",
    why="A protection is owed whatever an operator says. If a switch next to it turns it off, it is not owed.",
    remedy="Give the default a concept of its own (`about`), or state in the protection who may waive it.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("default about=ai_disclosure", "default about=breaking_character")),
    find=_find,
)
