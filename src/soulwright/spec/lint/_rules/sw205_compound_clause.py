"""SW205: several obligations in one clause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Passage, Subject

_OBLIGATION = re.compile(r"\b(?:must|should|shall)\b", re.IGNORECASE)
# What depends on a condition or a relative clause belongs to the obligation that it qualifies.
_DEPENDENT = re.compile(
    r"\b(?:that|which|who|whether|how|what|if|when|unless|although|while)\s+(?:\S+\s+){0,4}\Z", re.IGNORECASE
)


def _find(subject: Subject, options: Options) -> Iterator[Hit]:
    counts: Counter[int] = Counter()
    for passage in subject.passages:
        independent = [match for match in _OBLIGATION.finditer(passage.raw) if not _depends(passage, match)]
        block = passage.block.span.start
        before = counts[block]
        counts[block] += len(independent)
        limit = int(options["in_a_clause" if passage.clause_id else "in_a_paragraph"])
        if not subject.idle(passage) and before <= limit < counts[block]:
            match = independent[limit - before]
            what = f"the clause `{passage.clause_id}`" if passage.clause_id else "this paragraph"
            message = f"{what} asks for more than {limit} {'thing' if limit == 1 else 'things'}"
            remedy = "make each of them a clause of its own, so that each gets its verdict"
            yield subject.hit(passage, subject.part(passage, match), message, remedy)


def _depends(passage: Passage, match: re.Match[str]) -> bool:
    return _DEPENDENT.search(passage.raw, max(0, match.start() - 60), match.start()) is not None


_WRONG = """## Care {#care authority=root}

The assistant must warn of danger, and it must name a helpline.
{#care.danger kind=rule}
"""

RULE = Rule(
    id="SW205",
    name="compound-clause",
    severity=Severity.SUGGESTION,
    what="One clause states more than one obligation; in a document without clause ids, one paragraph states many.",
    why="A verdict is given clause by clause. Where one half is kept and the other broken, it is neither PASS nor "
    "FAIL.",
    remedy="Split it. `in_a_clause` and `in_a_paragraph` say how many obligations are allowed.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace(", and it must name a helpline", "")),
    find=_find,
    options={"in_a_clause": 1, "in_a_paragraph": 3},
)
