"""A rule: its metadata (from which its page in the documentation is made), its samples, and the function that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soulwright.spec._document import Span
from soulwright.spec.lint._disputed import Disputed
from soulwright.spec.lint._finding import Fix, Severity, Tier

if TYPE_CHECKING:
    from soulwright.spec.lint._subject import Subject

Options = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What the function of a rule gives: a finding before the rule's name and severity are put to it.

    `locator` and `context` are looked up from the span where they are left empty; `severity` is that of the rule where
    it is None.
    """

    span: Span
    message: str
    help: str
    locator: str = ""
    context: str = ""
    fix: Fix | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A document on which a rule fires or keeps silent, with what may lie beside it.

    `example_sets` are the evaluation sets beside the document (id and content), `earlier` an earlier version of it and
    `changelog` the text that says what changed. `disputed` are the clauses that a verification found unclear, by id.
    """

    text: str
    example_sets: Mapping[str, str] | None = None
    earlier: str | None = None
    changelog: str | None = None
    disputed: Mapping[str, Disputed] | None = None


# What several samples are made of.
GREETING = """**Example**: a greeting

~~~xml
<user>
Hello
</user>
<assistant> <!-- GOOD: greets back -->
Hello to you.
</assistant>
~~~
"""
RELEASED = """---
spec: acme
version: 1.0.0
---
## Lies {#lies authority=root}

The assistant must not tell white lies.
{#lies.white kind=rule}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the check.

    `wrong` and `right` are documents that the tests check: the rule fires on the first, not on the second. `options`
    are the numbers that a configuration may change, with their defaults. `needs` names the fields of `Beside` that must
    be given for the rule to be asked at all. `mechanical` rules offer fixes.
    """

    id: str
    name: str
    severity: Severity
    what: str
    why: str
    remedy: str
    wrong: Sample
    right: Sample
    find: Callable[[Subject, Options], Iterable[Hit]]
    options: Mapping[str, float] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    mechanical: bool = False

    @property
    def tier(self) -> Tier:
        """What the rule looks at, from its number.

        Raises ValueError where the number belongs to no tier.
        """
        return Tier(int(self.id[2]))
