"""SW403: the same sentence, or nearly, in two places."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import FORCE, Passage, Subject

_SHORTEST = 30  # characters; shorter sentences are alike by chance


def _find(subject: Subject, options: Options) -> Iterator[Hit]:
    first: dict[str, Passage] = {}
    for passage in subject.passages:
        words = " ".join(passage.text.casefold().split())
        if len(words) < _SHORTEST or not FORCE.search(passage.raw):
            continue
        if words in first:
            yield _hit(subject, passage, first[words], "the same sentence stands")
        first.setdefault(words, passage)
    for earlier, later in _alike(first, options["similarity"]):
        yield _hit(subject, first[later], first[earlier], "nearly the same sentence stands")


def _alike(texts: dict[str, Passage], similarity: float) -> Iterator[tuple[str, str]]:
    """Pairs of different texts that are alike, in their order; only texts of similar length can be."""
    from rapidfuzz import fuzz, process  # late: only documents with rules to compare need it

    order = {text: place for place, text in enumerate(texts)}
    by_length = sorted(texts, key=len)
    for place, text in enumerate(by_length):
        longest = len(text) * (2 - similarity) / similarity
        end = next((at for at in range(place + 1, len(by_length)) if len(by_length[at]) > longest), len(by_length))
        near = process.extract(
            text, by_length[place + 1 : end], scorer=fuzz.ratio, score_cutoff=100 * similarity, limit=None
        )
        for other, _score, _index in near:
            earlier, later = sorted((text, other), key=lambda each: order[each])
            yield earlier, later


def _hit(subject: Subject, passage: Passage, earlier: Passage, what: str) -> Hit:
    message = f"{what} on line {earlier.span.line}"
    return subject.hit(passage, passage.span, message, "keep one of the two, and let the other place link to it")


_WRONG = """## Honesty {#honesty authority=root}

The assistant must never state something that it believes to be false.

## Persona {#persona authority=root}

The assistant must never state something that it believes is false.
"""

RULE = Rule(
    id="SW403",
    name="near-duplicate-clause",
    severity=Severity.SUGGESTION,
    what="A sentence with must, should, shall, never or always stands in two places, in the same or nearly the same "
    "words.",
    why="Two copies drift apart: one is amended, the other is not, and then they differ in what they ask.",
    remedy="Keep one. `similarity` (from 0 to 1) is the normalised edit similarity from which two sentences count as "
    "one.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("state something that it believes is false", "pretend to be a person")),
    find=_find,
    options={"similarity": 0.9},
)
