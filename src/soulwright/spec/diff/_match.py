"""What belongs to what in two documents: by id first, then by the words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from soulwright.spec._document import Section
from soulwright.spec.diff._view import Said, Shown, View

# Two sentences at least this alike (rapidfuzz ratio) are one sentence in two versions; the figure is SPEC-FORMAT's.
ALIKE = 62.0
# A sentence that also changed its section must be this alike, and long enough for likeness to mean anything.
ALIKE_ELSEWHERE = 72.0
LONG_ENOUGH = 30
# Titles are short: alike ones share nearly all their words.
ALIKE_TITLES = 80.0
ALIKE_FROM = 15

Pair = tuple[int, int]
# From so many pairs on, sentences are looked up by their uncommon words, so that the time stays near linear.
MANY = 300_000
COMMON = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which sentences belong together, by their places in the two sequences, and which are left over."""

    pairs: tuple[Pair, ...]
    gone: tuple[int, ...]
    come: tuple[int, ...]


def match_sections(old: View, new: View) -> dict[str, str]:
    """Old section ids to new ones: the same id, else the same title, else bodies that are alike."""
    matched = {key: key for key in old.sections if key in new.sections}
    left = [key for key in old.sections if key not in matched]
    right = [key for key in new.sections if key not in matched]
    titles = {new.sections[key].title.casefold(): key for key in right}
    for key in left:
        same = titles.pop(old.sections[key].title.casefold(), None)
        if same is not None:
            matched[key] = same
    for texts, threshold in ((lambda section: section.title, ALIKE_TITLES), (_body, ALIKE)):
        _by_words(matched, old, new, texts, threshold)
    return matched


def _by_words(
    matched: dict[str, str], old: View, new: View, text_of: Callable[[Section], str], threshold: float
) -> None:
    left = [key for key in old.sections if key not in matched]
    right = [key for key in new.sections if key not in matched.values()]
    bodies = [[text_of(view.sections[key]) for key in keys] for view, keys in ((old, left), (new, right))]
    for i, j in _fuzzy(bodies[0], bodies[1], threshold, shortest=ALIKE_FROM):
        matched[left[i]] = right[j]


def match_clauses(old: View, new: View) -> dict[str, str]:
    """Old ids of written clauses to new ones: the same id, else words that are alike."""
    matched = {key: key for key in old.clauses if key in new.clauses}
    left = [key for key in old.clauses if key not in matched]
    right = [key for key in new.clauses if key not in matched]
    texts = [[view.clauses[key].text for key in keys] for view, keys in ((old, left), (new, right))]
    for i, j in _fuzzy(texts[0], texts[1], ALIKE_ELSEWHERE, shortest=0):
        matched[left[i]] = right[j]
    return matched


def match_sentences(
    old: Sequence[Said], new: Sequence[Said], sections: Mapping[str, str], clauses: Mapping[str, str]
) -> Matching:
    """Sentences of matched clauses, then of matched sections, then of anywhere."""
    state = _State(old, new)
    to_new = {**clauses}
    state.within(
        lambda said: to_new.get(said.clause_id) if said.clause_id else None,
        lambda said: said.clause_id,
        threshold=ALIKE,
    )
    state.the_only_one(lambda said: to_new.get(said.clause_id or ""), lambda said: said.clause_id)
    state.within(lambda said: sections.get(said.section.id), lambda said: said.section.id, threshold=ALIKE)
    # What stands before the first heading has no id on either side.
    state.within(_preamble, _preamble, threshold=ALIKE)
    state.within(_anywhere, _anywhere, threshold=ALIKE_ELSEWHERE, shortest=LONG_ENOUGH)
    return state.matching()


def match_examples(old: Sequence[Shown], new: Sequence[Shown], sections: Mapping[str, str]) -> Matching:
    """Examples by caption in the same section, then by dialogue that is alike anywhere."""
    pairs: list[Pair] = []
    by_caption: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for j, shown in enumerate(new):
        by_caption[shown.section.id, shown.example.caption.strip()].append(j)
    for i, shown in enumerate(old):
        waiting = by_caption.get((sections.get(shown.section.id), shown.example.caption.strip()), [])
        if waiting:
            pairs.append((i, waiting.pop(0)))
    left = [i for i in range(len(old)) if i not in {i for i, _ in pairs}]
    right = [j for j in range(len(new)) if j not in {j for _, j in pairs}]
    bodies = [[_shown(side[k]) for k in keys] for side, keys in ((old, left), (new, right))]
    pairs += [(left[i], right[j]) for i, j in _fuzzy(bodies[0], bodies[1], ALIKE_ELSEWHERE, shortest=0)]
    return _rest(pairs, len(old), len(new))


class _State:
    """Sentences that are still waiting for their other half."""

    def __init__(self, old: Sequence[Said], new: Sequence[Said]) -> None:
        self.old = old
        self.new = new
        self.pairs: list[Pair] = []
        self.left = dict.fromkeys(range(len(old)))
        self.right = dict.fromkeys(range(len(new)))

    def within(
        self,
        key_of_old: Callable[[Said], Hashable],
        key_of_new: Callable[[Said], Hashable],
        *,
        threshold: float,
        shortest: int = 0,
    ) -> None:
        """Match sentences whose keys agree (None agrees with nothing): the same words first, then words alike."""
        for lefts, rights in self._groups(key_of_old, key_of_new):
            for i, j in _exact([self.old[i].text for i in lefts], [self.new[j].text for j in rights], shortest):
                self._take(lefts[i], rights[j])
        for lefts, rights in self._groups(key_of_old, key_of_new):
            texts = [self.old[i].text for i in lefts], [self.new[j].text for j in rights]
            for i, j in _fuzzy(*texts, threshold, shortest=shortest):
                self._take(lefts[i], rights[j])

    def the_only_one(self, key_of_old: Callable[[Said], Hashable], key_of_new: Callable[[Said], Hashable]) -> None:
        """Match what is left where each side has exactly one: a clause of one sentence stays itself when rewritten."""
        for lefts, rights in self._groups(key_of_old, key_of_new):
            if len(lefts) == len(rights) == 1:
                self._take(lefts[0], rights[0])

    def matching(self) -> Matching:
        return _rest(self.pairs, len(self.old), len(self.new))

    def _take(self, i: int, j: int) -> None:
        self.pairs.append((i, j))
        del self.left[i], self.right[j]

    def _groups(
        self, key_of_old: Callable[[Said], Hashable], key_of_new: Callable[[Said], Hashable]
    ) -> list[tuple[list[int], list[int]]]:
        lefts: dict[Hashable, list[int]] = defaultdict(list)
        rights: dict[Hashable, list[int]] = defaultdict(list)
        for i in self.left:
            lefts[key_of_old(self.old[i])].append(i)
        for j in self.right:
            rights[key_of_new(self.new[j])].append(j)
        return [(lefts[key], rights[key]) for key in lefts if key is not None and key in rights]


def _preamble(said: Said) -> str | None:
    return "" if said.section.heading is None else None


def _anywhere(said: Said) -> str:
    del said
    return ""


def _exact(old: Sequence[str], new: Sequence[str], shortest: int) -> list[Pair]:
    waiting: dict[str, list[int]] = defaultdict(list)
    for j, text in enumerate(new):
        waiting[text].append(j)
    return [(i, waiting[text].pop(0)) for i, text in enumerate(old) if len(text) >= shortest and waiting.get(text)]


def _fuzzy(old: Sequence[str], new: Sequence[str], threshold: float, *, shortest: int) -> list[Pair]:
    """The best pairs first; of equally good ones those that keep the order."""
    near = _neighbours(old, new)
    scored = [
        (-score, abs(i - j), i, j)
        for i, one in enumerate(old)
        if len(one) >= shortest
        for j in near(one)
        if (score := fuzz.ratio(one, new[j], score_cutoff=threshold)) >= threshold
    ]
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for _, _, i, j in sorted(scored):
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((i, j))
    return pairs


def _neighbours(old: Sequence[str], new: Sequence[str]) -> Callable[[str], Iterable[int]]:
    """Which of `new` to hold a text against: all of them, or, of very many, those that share an uncommon word."""
    if len(old) * len(new) <= MANY:
        return lambda _: range(len(new))
    index: dict[str, list[int]] = defaultdict(list)
    for j, text in enumerate(new):
        for word in set(text.lower().split()):
            index[word].append(j)
    usual = max(COMMON, len(new) // 100)

    def near(text: str) -> Iterable[int]:
        lists = (index.get(word, []) for word in set(text.lower().split()))
        return {j for found in lists if len(found) <= usual for j in found}

    return near


def _rest(pairs: Iterable[Pair], old: int, new: int) -> Matching:
    pairs = tuple(sorted(pairs))
    left, right = {i for i, _ in pairs}, {j for _, j in pairs}
    return Matching(
        pairs=pairs,
        gone=tuple(i for i in range(old) if i not in left),
        come=tuple(j for j in range(new) if j not in right),
    )


def _body(section: Section) -> str:
    return "\n".join(block.text for block in section.prose)[:4000]


def _shown(shown: Shown) -> str:
    return shown.example.code.text[:4000]
