"""The normative sentences of a section: what each asks, where it stands, and a name that keeps while others change."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from soulwright.spec._clauses import Exemption, Polarity, Statement
from soulwright.spec._document import Document, ListItem, Paragraph, Prose, Section, Sentence, Span
from soulwright.spec._prose import sentences, stated_polarity

_NORMATIVE = re.compile(r"\b(?:must|should|shall|never|always|may\s+not)\b", re.IGNORECASE)
_NOT_THE_MODEL = "This|These|That|Those|There|They|What|Which|Who|One|We|You|People|Operators?|Users?|Developers?"
_PERMITS = re.compile(
    rf"\b(?:assistant|model|AI|[Ii]t|(?!(?:{_NOT_THE_MODEL})\b)[A-Z][a-z]+)\s+(?:may|can|is\s+free\s+to)\b"
    r"(?!\s+(?:be|have|not)\b)"
)
_EXEMPTS = re.compile(
    r"\b(?:unless|except(?:\s+(?:when|where|if|for|that|in|to))?|with\s+the\s+exception\s+of)\b[^.;:()]{2,200}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset(
    "a an and are as assistant at be by can do for from if in is it its may model must not of on or shall should that"
    " the they this to when with".split()
)
_QUOTED = (">", "|")  # a quotation or a table asks for nothing by itself
_WORDS_IN_AN_ID = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One sentence that asks for something; `own` are its words without those of the sentence that introduces it."""

    text: str
    own: str
    polarity: Polarity
    span: Span
    paragraph: int
    sentence: int

    @property
    def place(self) -> str:
        """Its place in the section, for a locator."""
        return f"¶{self.paragraph} s{self.sentence}"


def norms_of(section: Section) -> Iterator[Norm]:
    """The normative sentences of a section, in order; items of a list complete the sentence that introduces it."""
    prose = section.prose
    read = [sentences(block) for block in prose]
    lead: Sentence | None = None
    for number, block in enumerate(prose):
        if block.text.lstrip().startswith(_QUOTED):
            continue
        if isinstance(block, Paragraph) and not block.in_item:
            lead = None
        yield from _norms(block, number, read, lead, prose)
        last = read[number][-1] if read[number] else None
        if last is not None and last.text.endswith(":") and not isinstance(block, ListItem):
            lead = last if _polarity(last.text) is not None else None


def _norms(
    block: Prose,
    number: int,
    read: Sequence[tuple[Sentence, ...]],
    lead: Sentence | None,
    prose: Sequence[Prose],
) -> Iterator[Norm]:
    found = False
    for place, sentence in enumerate(read[number], start=1):
        polarity = _polarity(sentence.text)
        if polarity is not None and not _introduces(sentence, number, read, prose):
            found = True
            yield _norm(sentence, sentence.text, polarity, number, place)
    if not found and lead is not None and isinstance(block, ListItem) and read[number]:
        polarity = _polarity(lead.text)
        whole = " ".join(sentence.text for sentence in read[number])
        if polarity is not None:
            first, last = read[number][0].span, read[number][-1].span
            span = Span(start=first.start, end=last.end, line=first.line, column=first.column)
            yield Norm(
                text=f"{lead.text[:-1].rstrip()} {whole}",
                own=whole,
                polarity=polarity,
                span=span,
                paragraph=number + 1,
                sentence=1,
            )


def _introduces(sentence: Sentence, number: int, read: Sequence[tuple[Sentence, ...]], prose: Sequence[Prose]) -> bool:
    """Whether a sentence only opens a list whose first item completes it."""
    following = number + 1
    if not sentence.text.endswith(":") or following >= len(prose) or not isinstance(prose[following], ListItem):
        return False
    return sentence is read[number][-1] and not any(_polarity(item.text) for item in read[following])


def _norm(sentence: Sentence, text: str, polarity: Polarity, number: int, place: int) -> Norm:
    return Norm(text=text, own=text, polarity=polarity, span=sentence.span, paragraph=number + 1, sentence=place)


def _polarity(text: str) -> Polarity | None:
    """The force of a sentence; None where it asks for nothing and permits nothing."""
    if _NORMATIVE.search(text):
        stated = stated_polarity(text)
        return stated if stated is not Polarity.MAY else _without_may(text)
    return Polarity.MAY if _PERMITS.search(text) else None


def _without_may(text: str) -> Polarity:
    return stated_polarity(re.sub(r"\bmay\b(?!\s+not)", " ", text, flags=re.IGNORECASE)) or Polarity.MAY


class Names:
    """Ids for sentences: the section, their first telling words, and a few digits of the hash of all their words.

    An edit elsewhere, in the same section too, leaves the id as it was. Only of sentences that are the same to the
    letter does the second get a number.
    """

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def name(self, section: str, text: str) -> str:
        """The next id for this text."""
        telling = [word for word in _WORD.findall(text.lower()) if word not in _COMMON]
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        name = f"{section or 'preamble'}/{'-'.join([*(word[:24] for word in telling[:_WORDS_IN_AN_ID]), digest])}"
        self.taken[name] = self.taken.get(name, 0) + 1
        return name if self.taken[name] == 1 else f"{name}.{self.taken[name]}"


def locator(document: Document, section: Section | None, place: str = "") -> str:
    """`<spec>@<version> > <section> > ¶n sN`: where something stands, for people."""
    front = document.front_matter
    parts = [f"{front.name}@{front.version}", section.id if section is not None else "", place]
    return " > ".join(part for part in parts if part)


def statements(norms: Iterable[Norm], document: Document, section: Section, names: Names) -> tuple[Statement, ...]:
    """Norms as the statements of a clause."""
    return tuple(
        Statement(
            id=names.name(section.id, norm.own),
            text=norm.text,
            polarity=norm.polarity,
            span=norm.span,
            hash=digest_of(norm.text, norm.polarity),
            locator=locator(document, section, norm.place),
        )
        for norm in norms
    )


def digest_of(text: str, polarity: Polarity) -> str:
    """What a sentence means on its own: its words and its force."""
    payload = json.dumps([text, polarity.value], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()


def exemptions_in(norms: Iterable[Norm]) -> Iterator[Exemption]:
    """What the words of normative sentences exempt ("unless ...", "except ..."), each marked as inferred."""
    for norm in norms:
        for match in _EXEMPTS.finditer(norm.text):
            words = match[0].split(",")[0] if match.start() == 0 else match[0]  # "Unless asked, it should ..."
            yield Exemption(condition=words.strip(" ,"), span=norm.span, inferred=True)
