"""SW311: a change of effect that the changelog passes over."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import RELEASED, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    return subject.verdicts("SW311")


_TEXT = RELEASED.replace("must not", "should not").replace("1.0.0", "2.0.0")

RULE = Rule(
    id="SW311",
    name="silent-change",
    severity=Severity.WARNING,
    what="Between two versions the force, the authority, the default or an exception of a clause changed, and the "
    "changelog does not say so.",
    why="Those who rely on a document read its changelog. What it leaves out was changed behind their backs.",
    remedy="Name the clause in the changelog. Asked with `--against OLD --changelog FILE`.",
    wrong=Sample(text=_TEXT, earlier=RELEASED, changelog="## v2.0.0\n\n- Corrects a typing error.\n"),
    right=Sample(text=_TEXT, earlier=RELEASED, changelog="## v2.0.0\n\n- `lies.white` is now a should.\n"),
    find=_find,
    needs=("earlier", "changelog"),
)
