"""SW403: the same sentence, or nearly, in two places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import FORCE, Passage, Subject

_SHORTEST, _LONGEST = 30, 2000  # characters; shorter sentences are alike by chance, longer ones are no sentences
_COMMON = 30  # texts; a word in more of them does not bring two together


def _find(subject: Subject, options: Options) -> Iterator[Hit]:
    first: dict[str, Passage] = {}
    for passage in subject.passages:
        words = " ".join(passage.text.casefold().split())
        if not _SHORTEST <= len(words) <= _LONGEST or not FORCE.search(passage.raw):
            continue
        if words in first:
            yield _hit(subject, passage, first[words], "the same sentence stands")
        first.setdefault(words, passage)
    texts = tuple(first)
    for earlier, later in _alike(texts, options["similarity"]):
        yield _hit(subject, first[texts[later]], first[texts[earlier]], "nearly the same sentence stands")


def _alike(texts: Sequence[str], similarity: float) -> Iterator[tuple[int, int]]:
    """Pairs of different texts that are alike, in their order; texts that share no uncommon word are not compared."""
    from rapidfuzz import fuzz  # late: only documents with sentences to compare need it

    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for word in set(text.split()):
            places[word].append(place)
    near = (held for held in places.values() if len(held) <= _COMMON)
    pairs = {(one, other) for held in near for at, one in enumerate(held) for other in held[at + 1 :]}
    for one, other in sorted(pairs):
        if fuzz.ratio(texts[one], texts[other], score_cutoff=100 * similarity):
            yield one, other


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
