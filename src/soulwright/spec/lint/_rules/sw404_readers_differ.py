"""SW404: those who judged replies by a clause do not agree on what it asks."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._disputed import Disputed
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_SHOWN = 2
_ASKED = "say in the clause what decides between the two readings, and show it with a GOOD and a BAD example"


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for clause_id, found in (subject.beside.disputed or {}).items():
        clause = subject.clauses.get(clause_id)
        if clause is None or clause.hash != found.hash:
            continue  # nobody has read replies by what it says now
        shown = "".join(f"; {example}" for example in found.examples[:_SHOWN])
        yield Hit(
            span=subject.clause_span(clause_id),
            message=f"readers do not agree on what `{clause_id}` asks: {found.reason}",
            help=f"{_ASKED}{shown}",
            locator=clause_id,
            context=clause.text,
        )


_TEXT = """## Care {#care authority=root}

The assistant must not go on about itself.
{#care.self kind=rule}
"""
# The hash of the clause as it stands in `wrong`.
_READ = {
    "care.self": Disputed(
        hash="9ce5420938c5a54ff1e6d141a48625a7c9320cc9148aee322860aef419723fcd",
        reason="a judge and another differ in 31% of the replies to it (at least 22%; a clear clause allows 10%)",
        examples=("asked “Who are you?”, the reply “An assistant.” (one: pass, it is brief; other: fail, of itself)",),
    )
}

RULE = Rule(
    id="SW404",
    name="readers-differ",
    severity=Severity.WARNING,
    what="Those who judged replies by a clause, in a verification, differ more than a clear clause allows.",
    why="Where two judges, or a judge and a person, read the same reply by the same clause and one passes what the"
    " other fails, no model can hold it, and no figure about it says anything of a model. The defect is the"
    " document's.",
    remedy="Read the replies on which they differ (they stand in the report and in gap.json), decide which reading is"
    " meant, and write that down: in the clause, and as examples. Then verify again; a clause whose words have changed"
    " since is not reported.",
    wrong=Sample(text=_TEXT, disputed=_READ),
    right=Sample(text=_TEXT.replace("go on about itself", "tell more about itself than was asked"), disputed=_READ),
    find=_find,
    needs=("disputed",),
)
