"""SW401: two sentences about the same thing, one that asks or allows and one that forbids."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import LINK_TARGET, Passage, Subject

_FORBIDS = re.compile(
    r"\b(?:must|should|shall|may|can|could|will|do|does|need)\s*(?:not\b|n['\u2019]t\b)|\bcannot\b|\bnever\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:must|should|shall|may|can|always|allowed|acceptable|permitted|free\s+to)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z'\u2019-]+")
_ENDINGS = ("ing", "ed", "es", "ly", "s")
_EMPTY = frozenset(
    """a about all also always an and any are as assistant assistants at be been between but by can could did do does
    down else even for from had has have he her him his how if in into is it its just like may me model models more most
    must need never no not of on one only or other our out over own shall should so some such than that the their them
    then there these they this those to too up us user users very was we were what when where whether which while who
    will with within without would you your""".split()
)
# A word in more sentences than this says little about what a sentence concerns.
_COMMON = 30


class _Side(Enum):
    ASKS = auto()
    FORBIDS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Norm:
    """A sentence with its side and its telling words."""

    passage: Passage
    side: _Side
    words: frozenset[str]


def _find(subject: Subject, options: Options) -> Iterator[Hit]:
    norms = list(_norms(subject))
    for one, other in _pairs(norms, options["similarity"]):
        later, earlier = sorted((one, other), key=lambda norm: norm.passage.span.start, reverse=True)
        verb = "forbids" if later.side is _Side.FORBIDS else "asks for or allows"
        message = (
            f"this {verb} something close to what line {earlier.passage.span.line} "
            f"{'forbids' if earlier.side is _Side.FORBIDS else 'asks for or allows'}: `{earlier.passage.opening(90)}`"
        )
        remedy = (
            "if both cannot hold, say which yields; if they can, accept this in the baseline as `settled-by LOCATOR`"
        )
        context = f"{earlier.passage.text} | {later.passage.text}"
        yield Hit(span=later.passage.span, message=message, help=remedy, context=context)


def _norms(subject: Subject) -> Iterator[_Norm]:
    seen: set[str] = set()
    for passage in subject.passages:
        side = _Side.FORBIDS if _FORBIDS.search(passage.raw) else _Side.ASKS if _ASKS.search(passage.raw) else None
        if side is not None and passage.text not in seen:
            seen.add(passage.text)
            yield _Norm(passage=passage, side=side, words=_telling(passage.raw))


def _telling(raw: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(LINK_TARGET.sub(" ", raw.lower())) if word not in _EMPTY)


def _stem(word: str) -> str:
    ending = next((each for each in _ENDINGS if word.endswith(each) and len(word) - len(each) >= 4), "")
    return word[: len(word) - len(ending)]


def _pairs(norms: Sequence[_Norm], threshold: float) -> Iterator[tuple[_Norm, _Norm]]:
    """Pairs of opposite sides, in different paragraphs, whose rare words overlap by at least `threshold`.

    The measure is the cosine of the two sets of words, each word weighted by its inverse document frequency (Spärck
    Jones, 1972). Only pairs that share two words which are not common are looked at, so the time grows with the text.
    """
    frequency = Counter(word for norm in norms for word in norm.words)
    weight = {word: math.log((1 + len(norms)) / count) for word, count in frequency.items()}
    sums = [sum(weight[word] for word in norm.words) for norm in norms]
    for (one, other), shared in sorted(_sharing(norms, frequency).items()):
        first, second = norms[one], norms[other]
        apart = first.passage.block is not second.passage.block
        if shared >= 2 and apart and sums[one] * sums[other] > 0:
            common = sum(weight[word] for word in first.words & second.words)
            if common / math.sqrt(sums[one] * sums[other]) >= threshold:
                yield first, second


def _sharing(norms: Sequence[_Norm], frequency: Mapping[str, int]) -> Counter[tuple[int, int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, norm in enumerate(norms):
        for word in norm.words:
            if frequency[word] <= _COMMON:
                places[word].append(place)
    shared: Counter[tuple[int, int]] = Counter()
    for held in places.values():
        for at, one in enumerate(held):
            shared.update((one, other) for other in held[at + 1 :] if norms[one].side is not norms[other].side)
    return shared


_WRONG = """## Topics {#topics authority=root}

The assistant should never avoid a topic because it is sensitive or controversial.

## Stance {#stance authority=user}

The assistant should avoid a topic that is sensitive or controversial.
"""

RULE = Rule(
    id="SW401",
    name="contradiction-candidate",
    severity=Severity.SUGGESTION,
    what="Two sentences share their rare words; one asks for or allows something, and the other forbids something.",
    why="Contradictions grow where two authors write about one thing. This compares words and understands nothing: "
    "most of what it shows are exceptions that are meant, and contradictions in other words it does not see.",
    remedy="Read the two together, and write the answer into the baseline: `real`, or `settled-by LOCATOR` where the "
    "document settles it. `similarity` (from 0 to 1) says how close the words have to be.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("avoid a topic that is sensitive or controversial", "say where evidence ends")),
    find=_find,
    options={"similarity": 0.32},
)
