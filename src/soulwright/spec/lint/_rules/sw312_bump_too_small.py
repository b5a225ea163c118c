"""SW312: a version number that promises a smaller change than was made."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import RELEASED, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    return subject.verdicts("SW312")


_TEXT = RELEASED.replace("must not", "should not").replace("1.0.0", "1.0.1")

RULE = Rule(
    id="SW312",
    name="bump-too-small",
    severity=Severity.WARNING,
    what="The declared version is a smaller step than the change since the earlier version asks for.",
    why="Who sees a patch number does not read again, and misses that less is promised.",
    remedy="Declare the version that the message names: major where less is asked or others may change more, minor "
    "where more is asked, patch for the same in other words. Asked with `--against OLD`.",
    wrong=Sample(text=_TEXT, earlier=RELEASED),
    right=Sample(text=_TEXT.replace("1.0.1", "2.0.0"), earlier=RELEASED),
    find=_find,
    needs=("earlier",),
)
