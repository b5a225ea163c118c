"""What a rewording does to a sentence: the words that changed, and whether it asks more or less than before.

The rules are a reading of modal verbs, hedges and exceptions in the changed words, and no understanding: where they see
nothing, or things that point both ways, the answer is `reworded`, and a person must judge. Each answer says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from soulwright.spec.diff._change import ChangeKind, Word, WordSort

SPELLING = 88.0

# Longest first: "should not" is one word here, so that `not` alone never turns a sentence unseen.
_COMPOUNDS = (
    r"(?:must|shall|should|may|can|could|will|would|do|does|did|is|are|was|were|has|have)\s+(?:not|never|only)\b",
    r"(?:can|must|should|do|does|did|is|are|was|were|wo|would|could|has|have)(?:no|n['\u2019])t\b",
    r"with\s+the\s+exception\s+of\b",
    r"(?:other|rather)\s+than\b",
    r"(?:apart|aside)\s+from\b",
    r"except(?:\s+for|\s+when|\s+where|\s+if)?\b",
    r"only\s+(?:if|when|where)\b",
    r"by\s+default\b",
    r"(?:as|when|where|if|whenever|wherever)\s+(?:appropriate|possible|feasible|practical|reasonable)\b",
    r"(?:tries|try|strives?|aims?)\s+to\b",
    r"under\s+(?:any|no)\s+circumstances?\b",
    r"in\s+(?:all|most|some)\s+cases\b",
    r"regardless\s+of\b",
    r"even\s+(?:if|when|where)\b",
    r"whoever\s+asks\b",
    r"no\s+matter\s+(?:who|what|how)\b",
)
_TOKEN = re.compile(r"|".join((*_COMPOUNDS, r"\w+(?:['\u2019\-./@]\w+)*", r"\s+", r"[^\w\s]")), re.IGNORECASE)

_FORBID, _ASK, _ALLOW = -1, 1, 0
_MODALS: tuple[tuple[re.Pattern[str], int, int], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sign, strength)
    for pattern, sign, strength in (
        (r"(?:must|shall|may|can)\s+(?:not|never)|cannot|(?:can|must)n['\u2019]t|never", _FORBID, 3),
        (r"(?:may|can)\s+only", _FORBID, 3),
        (r"should\s+(?:not|never)|shouldn['\u2019]t", _FORBID, 2),
        (r"must(?:\s+only)?|shall(?:\s+only)?|always|required", _ASK, 3),
        (r"should(?:\s+only)?", _ASK, 2),
        (r"may", _ALLOW, 1),
    )
)
_NEGATED = re.compile(
    r"(?:do|does|did|is|are|was|were|will|would|has|have)\s*(?:\s(?:not|never)|n['\u2019]t)|not|no", re.I
)
_EXCEPTIONS = re.compile(
    r"unless|except.*|excluding|exempt|exceptions?|with\s+the\s.*|other\s+than|(?:apart|aside)\s.*", re.I
)
_HEDGES = re.compile(
    r"generally|typically|usually|normally|often|sometimes|mostly|basically|rarely|seldom|by\s+default|occasionally"
    r"|(?:as|when|where|if|whenever|wherever)\s+(?:appropriate|possible|feasible|practical|reasonable)"
    r"|(?:tries|try|strives?|aims?)\s+to|in\s+(?:most|some)\s+cases|reasonabl[ey]|ideally|preferably|significantly",
    re.IGNORECASE,
)
_ABSOLUTES = re.compile(
    r"only|explicit|only\s.*|(?:do|does|is|are|will)\s+only|strictly|under\s+(?:any|no)\s.*|in\s+all\s+cases|regardless\s+of"
    r"|even\s+(?:if|when|where)|whoever\s+asks|no\s+matter\s.*|solely|explicitly",
    re.IGNORECASE,
)
_OPPOSITE = ("un", "in", "im", "il", "ir", "non", "non-", "dis", "mis")
# Words that come and go without changing what is asked.
_SMALL = frozenset("a an the of to that which and so also then please there here this these those it".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rewording does, and the words that tell."""

    kinds: tuple[ChangeKind, ...]
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Force:
    sign: int
    strength: int
    words: str


def words_of(old: str, new: str) -> tuple[Word, ...]:
    """Both texts as one run of words: what stands in both, what was taken out, what was put in.

    >>> [(word.sort.value, word.text) for word in words_of("It should stop.", "It must stop.")]
    [('same', 'It '), ('old', 'should'), ('new', 'must'), ('same', ' stop.')]
    """
    found: list[Word] = []
    for sort, text in _merged(_aligned(_TOKEN.findall(old), _TOKEN.findall(new))):
        if text:
            found.append(Word(sort=sort, text=text))
    return tuple(found)


def effect_of(old: str, new: str, alias: Mapping[str, str] | None = None) -> Effect:
    """What it does to turn the sentence `old` into `new`; `alias` are other names of levels (`platform` of `root`).

    >>> effect_of("The assistant should stop.", "The assistant must stop.")
    Effect(kinds=(<ChangeKind.TIGHTENED: 'tightened'>,), signals=('`should` became `must`',))
    >>> effect_of("It must not lie.", "It must not lie unless asked.").kinds
    (<ChangeKind.EXCEPTION_ADDED: 'exception added'>,)
    """
    if (why := _same_sense(old, new, alias or {})) is not None:
        return Effect(kinds=(ChangeKind.EDITORIAL,), signals=(why,))
    chunks = tuple(_chunks(old, new))
    if all(_spelling(chunk) for chunk in chunks):
        return Effect(kinds=(ChangeKind.EDITORIAL,), signals=("only spelling or small words",))
    found = [pair for chunk in chunks for pair in _signals(chunk)] + _allowed(old, new) or _negated(chunks)
    kinds = tuple(dict.fromkeys(kind for kind, _ in found))
    both = {ChangeKind.TIGHTENED, ChangeKind.LOOSENED} <= set(kinds)
    if both or not kinds:
        rest = tuple(kind for kind in kinds if kind not in (ChangeKind.TIGHTENED, ChangeKind.LOOSENED))
        kinds = tuple(dict.fromkeys((*rest, ChangeKind.REWORDED)))
    return Effect(kinds=kinds, signals=tuple(signal for _, signal in found))


def _same_sense(old: str, new: str, alias: Mapping[str, str]) -> str | None:
    """Why the two say the same, where no more changed than marks, a cross-reference, or the name of a level."""
    if _bare(old) == _bare(new):
        return "only punctuation, case or markup"
    if _bare(_SEE.sub("", old)) == _bare(_SEE.sub("", new)):
        return "only a cross-reference"
    names = {re.escape(name): level for name, level in alias.items()}
    renamed = old, new
    for name, level in names.items():
        renamed = (
            re.sub(rf"\b{name}\b", level, renamed[0], flags=re.I),
            re.sub(rf"\b{name}\b", level, renamed[1], flags=re.I),
        )
    if _bare(renamed[0]) == _bare(renamed[1]):
        return "only another name of a level"
    return None


def _negated(chunks: tuple[_Chunk, ...]) -> list[tuple[ChangeKind, str]]:
    if any(bool(_first(_NEGATED, chunk.old)) != bool(_first(_NEGATED, chunk.new)) for chunk in chunks):
        return [(ChangeKind.REWORDED, "a negation came or went")]
    return []


def _allowed(old: str, new: str) -> list[tuple[ChangeKind, str]]:
    """Whether the one sentence allows something and the other does not; `can` counts only with who can."""
    was, now = _PERMISSION.search(old), _PERMISSION.search(new)
    if now and not was:
        return [(ChangeKind.LOOSENED, f"`{now[0]}` was added")]
    return [(ChangeKind.TIGHTENED, f"`{was[0]}` was removed")] if was and not now else []


def effect_of_new(sentence: str) -> Effect:
    """What a sentence does that was not there before: one that asks tightens, one that allows loosens."""
    force = _force(_TOKEN.findall(sentence))
    if _EXCEPTION_SENTENCE.search(sentence):
        return Effect(kinds=(ChangeKind.EXCEPTION_ADDED,), signals=("the sentence states an exception",))
    if force is not None and force.sign != _ALLOW:
        return Effect(kinds=(ChangeKind.TIGHTENED,), signals=(f"it asks: `{force.words}`",))
    if forbidden := _PROHIBITION.search(sentence):
        return Effect(kinds=(ChangeKind.TIGHTENED,), signals=(f"it asks: `{forbidden[0]}`",))
    if _PERMISSION.search(sentence):
        return Effect(kinds=(ChangeKind.LOOSENED,), signals=("it allows something",))
    return Effect(kinds=())


def effect_of_old(sentence: str) -> Effect:
    """What it does that a sentence is gone: the reverse of `effect_of_new`."""
    effect = effect_of_new(sentence)
    reverse = {
        ChangeKind.TIGHTENED: (ChangeKind.LOOSENED, "it no longer asks"),
        ChangeKind.LOOSENED: (ChangeKind.TIGHTENED, "it no longer allows"),
        ChangeKind.EXCEPTION_ADDED: (ChangeKind.EXCEPTION_REMOVED, "the exception it stated is gone"),
    }
    if not effect.kinds:
        return effect
    kind, why = reverse[effect.kinds[0]]
    words = effect.signals[0].removeprefix("it asks") if kind is ChangeKind.LOOSENED else ""
    return Effect(kinds=(kind,), signals=(why + words,))


_EXCEPTION_SENTENCE = re.compile(
    r"\b(?:may|can) override this\b|\bexceptions? (?:to|of|is|are)\b|\bis an exception\b", re.I
)
_PERMISSION = re.compile(
    r"\b(?:assistant|model) (?:may|can)\b(?! (?:not|only|have|be|also|sometimes)\b)"
    r"|\b(?:users?|developers?|operators?) (?:may|can) (?:\W?\w+ly\W? )?"
    r"(?:override|adjust|change|unlock|enable|disable|turn|delegate|choose|grant|permit|allow)\b"
    r"|\b(?:is|are) (?:allowed|permitted)\b",
    re.IGNORECASE,
)
_PROHIBITION = re.compile(r"\b(?:is|are) (?:not|never) (?:allowed|permitted|acceptable)\b", re.IGNORECASE)
_SEE = re.compile(r"\s*\(?\b(?:see|see also)\b[^()]*\)|\s*\(see [^()]*\)", re.IGNORECASE)


def _signals(chunk: _Chunk) -> Iterator[tuple[ChangeKind, str]]:
    yield from _modal_signal(_force(chunk.old), _force(chunk.new))
    pairs = (
        (_EXCEPTIONS, ChangeKind.EXCEPTION_ADDED, ChangeKind.EXCEPTION_REMOVED),
        (_HEDGES, ChangeKind.LOOSENED, ChangeKind.TIGHTENED),
        (_ABSOLUTES, ChangeKind.TIGHTENED, ChangeKind.LOOSENED),
    )
    for pattern, came, went in pairs:
        old, new = (_first(pattern, side) for side in (chunk.old, chunk.new))
        if new and not old:
            yield came, f"`{new}` was added"
        elif old and not new:
            yield went, f"`{old}` was removed"


def _modal_signal(old: _Force | None, new: _Force | None) -> Iterator[tuple[ChangeKind, str]]:
    if old is not None and new is not None:
        yield from _other_force(old, new)
    elif new is not None:
        kind = ChangeKind.LOOSENED if new.sign == _ALLOW else ChangeKind.TIGHTENED
        yield kind, f"`{new.words}` was added"
    elif old is not None:
        kind = ChangeKind.TIGHTENED if old.sign == _ALLOW else ChangeKind.LOOSENED
        yield kind, f"`{old.words}` was removed"


def _other_force(old: _Force, new: _Force) -> Iterator[tuple[ChangeKind, str]]:
    became = f"`{old.words}` became `{new.words}`"
    if (old.sign, old.strength) == (new.sign, new.strength):
        if old.words.endswith("only") != new.words.endswith("only"):
            yield (ChangeKind.TIGHTENED if new.words.endswith("only") else ChangeKind.LOOSENED), became
    elif old.sign == new.sign or _ALLOW in (old.sign, new.sign):
        yield (ChangeKind.TIGHTENED if new.strength > old.strength else ChangeKind.LOOSENED), became
    else:
        yield ChangeKind.REWORDED, became


def _force(tokens: Iterable[str]) -> _Force | None:
    """The strongest modal among `tokens`; of several equal ones the first."""
    best: _Force | None = None
    for token in tokens:
        for pattern, sign, strength in _MODALS:
            if pattern.fullmatch(token):
                if best is None or strength > best.strength:
                    best = _Force(sign=sign, strength=strength, words=" ".join(token.split()))
                break
    return best


def _first(pattern: re.Pattern[str], tokens: Iterable[str]) -> str:
    return next((" ".join(token.split()) for token in tokens if pattern.fullmatch(token)), "")


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.replace("\u2019", "'").lower()))


def _chunks(old: str, new: str) -> Iterator[_Chunk]:
    """The changed stretches, each with its words on both sides; white space and punctuation do not count."""
    a, b = ([token for token in _TOKEN.findall(text) if re.match(r"\w", token)] for text in (old, new))
    lower_a, lower_b = ([token.lower() for token in side] for side in (a, b))
    matcher = SequenceMatcher(None, lower_a, lower_b, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield _Chunk(old=tuple(a[i1:i2]), new=tuple(b[j1:j2]))


def _spelling(chunk: _Chunk) -> bool:
    """Whether the chunk changes no more than the spelling of a word, or words like `the`."""
    if {word.lower() for word in (*chunk.old, *chunk.new)} <= _SMALL:
        return True
    if "".join(chunk.old).lower() == "".join(chunk.new).lower():
        return True
    if len(chunk.old) != 1 or len(chunk.new) != 1:
        return False
    old, new = chunk.old[0].lower(), chunk.new[0].lower()
    short, long = sorted((old, new), key=len)
    if any(long == prefix + short for prefix in _OPPOSITE) or _force((old,)) or _force((new,)):
        return False
    return fuzz.ratio(old, new) >= SPELLING and not re.search(r"\d", old + new)


def _aligned(old: list[str], new: list[str]) -> Iterator[tuple[WordSort, str]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield WordSort.SAME, "".join(old[i1:i2])
        else:
            yield WordSort.OLD, "".join(old[i1:i2])
            yield WordSort.NEW, "".join(new[j1:j2])


def _merged(runs: Iterable[tuple[WordSort, str]]) -> Iterator[tuple[WordSort, str]]:
    """The runs, with a lone blank or comma between two changes counted as changed: one stretch reads better."""
    old = new = ""
    for sort, text in [*runs, (WordSort.SAME, "")]:
        if sort is WordSort.OLD:
            old += text
        elif sort is WordSort.NEW:
            new += text
        elif text and not re.search(r"\w", text) and (old or new) and len(text) < 3:
            old, new = old + text, new + text
        else:
            shared = _shared_tail(old, new)
            yield WordSort.OLD, old[: len(old) - len(shared)]
            yield WordSort.NEW, new[: len(new) - len(shared)]
            yield WordSort.SAME, shared + text
            old = new = ""


def _shared_tail(old: str, new: str) -> str:
    """The blanks and marks that both end with, put back where they belong."""
    size = 0
    while size < min(len(old), len(new)) and old[-1 - size] == new[-1 - size] and not old[-1 - size].isalnum():
        size += 1
    return old[len(old) - size :]
