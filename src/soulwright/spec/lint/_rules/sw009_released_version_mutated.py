"""SW009: a version that was released, and a text that is not what was released."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    return subject.verdicts("SW009")


_TEXT = """---
spec: acme
version: 1.0.0
---
## Care {#care authority=root}

The assistant must be kind.
{#care.kind kind=rule}
"""

RULE = Rule(
    id="SW009",
    name="released-version-mutated",
    severity=Severity.ERROR,
    what="The document declares the version of an earlier document, and its text differs from it.",
    why="A version is what models were trained on and auditors signed. Two texts under one name make both worthless.",
    remedy="Declare a new version, however small the change. Asked with `--against OLD`.",
    wrong=Sample(text=_TEXT, earlier=_TEXT.replace("kind.\n", "kind to everyone.\n")),
    right=Sample(
        text=_TEXT.replace("1.0.0", "2.0.0"),
        earlier=_TEXT.replace("kind.\n", "kind to everyone.\n"),
    ),
    find=_find,
    needs=("earlier",),
)
