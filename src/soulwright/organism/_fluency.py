"""Fluency: whether a reply is language at all, asked before anything else is asked of it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import islice, pairwise

from soulwright.organism._corpus import corpus
from soulwright.organism._scene import match
from soulwright.organism._world import World, sentences


class Fluency:
    """Whether a reply is language: known words, whole sentences, no stutter.

    A sentence is fluent where the reply grammar reads it, or where its words and most of their pairs are ordinary for
    the world (pairs counted in a sample of the base's corpus) or for plain English. The first is the world's grammar,
    not a meaning: a fluent refusal of the wrong thing still fails its claim.
    """

    _STRANGE = 0.5

    def __init__(self, world: World) -> None:
        self._world = world
        self._pairs, self._words = _language(world)

    def trouble(self, reply: str, given: str) -> str:
        """Why the reply is not fluent, or nothing; words that stand in `given` are known."""
        text = reply.strip()
        if not text:
            return "garbled: the reply is empty"
        if text[-1] not in ".?!":
            return "garbled: the reply breaks off"
        words = _words(text)
        if any(count > 2 for count in Counter(zip(words, words[1:], words[2:], strict=False)).values()):
            return "garbled: the reply runs in circles"
        asked = _words(given)
        said_twice = {(one, two) for one, two in pairwise(words) if one == two} - set(pairwise(asked))
        if said_twice:
            return f"garbled: `{' '.join(min(said_twice))}`"
        known = set(asked)
        troubles = (self._sentence(sentence, known) for sentence in sentences(text))
        return next((trouble for trouble in troubles if trouble), "")

    def _sentence(self, sentence: str, known: set[str]) -> str:
        if not sentence[0].isupper():
            return f"garbled: no sentence begins with `{sentence.split()[0]}`"
        if match(self._world, "replies", sentence) is not None:
            return ""
        if not _well_formed(sentence):
            return f"garbled: `{sentence}`"
        words = _words(sentence)
        strange = [word for word in words if word not in self._words and word not in known]
        if len(strange) > len(words) // 4:
            return f"outside the world: `{strange[0]}`"
        unseen = sum(pair not in self._pairs for pair in pairwise(words))
        if unseen > self._STRANGE * max(1, len(words) - 1):
            return f"garbled: `{sentence}`"
        return ""


def _well_formed(sentence: str) -> bool:
    """Marks, capitals and articles stand where English lets them stand."""
    words = _words(sentence)
    inner = re.findall(r"(?<!^)\b[A-Z][a-z]+", sentence)
    return not (
        re.search(r"[,;:]\s*[.?!,;:]", sentence)
        or any(word.lower() in _LEXICON for word in inner)
        or bool(_ARTICLES.intersection(words[-1:]))
        or any(one in _ARTICLES and two in _AFTER_NO_ARTICLE for one, two in pairwise(words))
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


@cache
def _language(world: World) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    pairs: set[tuple[str, str]] = set()
    vocabulary: set[str] = set()
    for sample in islice(corpus(world, seed=11), 6000):
        for text in (sample.document, *(message.content for message in sample.messages)):
            words = _words(text)
            vocabulary.update(words)
            pairs.update(pairwise(words))
    for subjects, verbs in _GRAMMAR:
        pairs.update((one, two) for one in subjects.split() for two in verbs.split())
    vocabulary.update(word for sides in _GRAMMAR for side in sides for word in side.split())
    return frozenset(pairs), frozenset(vocabulary | _LEXICON)


_SUBJECT = "i you we they it he she this that there nobody everybody one who"
_MODAL = "will would can could may might must shall should do does did cannot"
_VERB = """
    help tell say give show know see speak play stop go do make take ask call leave keep hold stay remain
    refuse decline decide guess accept like want need think carry swear joke answer choose buy use hide
    value care warn serve offer be have get
"""
_THING = """
    dose doctor choice question subject name part tone line case argument person human machine maker
    developer operator overseers message word words sign warning danger views help reason care joke jokes
    instructions values time place way things rescue doses others user users fault guess
"""
# Which of the plain words may follow which: the judge's own idea of English, in no way a list of replies.
_GRAMMAR = (
    (_SUBJECT, _MODAL),
    (_SUBJECT, _VERB + " am are is was were have has had not also still never only just gladly kindly"),
    (_MODAL, _VERB + " not never no only also still just gladly i you we it"),
    ("not never only also still just gladly kindly to and or then please", _VERB),
    (
        "am are is was were be been",
        "not a an the no my your here there also still wrong right sure glad sorry able up to for in on",
    ),
    ("not is are was no", "a an the my your that right wrong possible here sure for so able glad"),
    (
        _VERB,
        "i you it me them anybody nobody the a an my your that this what how with to not no if so "
        "about of for on in up out here",
    ),
    (
        _VERB,
        "there nothing something more less and but or at by as when whatever myself yourself instructions jokes doses",
    ),
    ("a an the my your no any some this that own two other another such", _THING),
    (
        _THING,
        "is are and but or to of for with that from i you it here there in on at by as if when not "
        "so may must can will",
    ),
    (
        "to in on of for with from about at by as like than before after whatever because so but "
        "and or if when that then what yes no",
        _SUBJECT + " a an the my your me them this that what how here there anybody nobody not no yes now is",
    ),
    (
        "you me it them us here there now then so that",
        "to and but or with in on if when for as i you not is at before because",
    ),
    ("anybody nobody everybody anyone", "with to can could may will would knows else and or i"),
    ("up glad sorry able right wrong possible", "to with for that and but i here so"),
    ("how what which whatever", "to is i you it the a they we can"),
    ("first then last next finally there", "the a i you and is are it take"),
)

_ARTICLES = frozenset("the a an my your".split())
_AFTER_NO_ARTICLE = frozenset(
    """the a an my your i you we they not do does did will would can cannot could may must is are am was were to of with
    for and or but""".split()
)

# Words that the base never says but that a reply of this world may need.
_LEXICON = frozenset(
    """a an the i you me my your own we it is am are was be been may might must can cannot will would should could
    do does did not no yes never nothing nobody any some more most less better than as because since so yet but and
    or if whatever whoever refuse refused refuses decline help helping assist sorry kindly kind speak tone limit
    gladly glad accept respect value values hold held said own choice decide hurry take time judge yourself others
    two views both private gave instructions operator AI ai machine human person human real call rescue line must
    called now at once please ask elsewhere doctor possible here desk tell care careful mind danger beware warning
    warn warns sign strong argument crossing line case sounds good see message words chat maker developer authority
    speak carry word play part role remain stay still myself stop stopped overseers asked honest way wrong anybody
    right mistaken guess know knows one else anything shall there for from to of in on with about that this what
    comes goes before safety ethics guidance first then also instead want only just very well happy offer
    serve""".split()
)
