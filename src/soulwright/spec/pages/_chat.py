"""Examples of a document as an exchange of messages."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import Comparison, DialogueItem, Elision, ExampleBlock, Turn
from soulwright.spec.pages._inline import Prose, plain_text
from soulwright.spec.pages._nodes import Bubble, Exchange, Piece, Step

_LABELS = {"system": "System", "developer": "Developer", "user": "User", "assistant": "Assistant", "tool": "Tool"}
# What programs exchange is shown letter by letter.
_LITERAL = ("tool",)


def exchange_of(example: ExampleBlock, prose: Prose) -> Exchange:
    """The example ready to be drawn."""
    return Exchange(
        caption=prose.inline(example.caption.strip()),
        steps=tuple(_step(item, prose) for item in example.dialogue.items),
    )


def _step(item: DialogueItem, prose: Prose) -> Step:
    if isinstance(item, Elision):
        return Step()
    if isinstance(item, Comparison):
        return Step(replies=tuple(_bubble(turn, prose) for turn in item.turns))
    return Step(bubble=_bubble(item, prose))


def _bubble(turn: Turn, prose: Prose) -> Bubble:
    recipient = turn.attributes.get("recipient") or turn.attributes.get("name") or ""
    arrow = "→ " if "recipient" in turn.attributes else ""
    return Bubble(
        role=turn.role if turn.role in _LABELS else "other",
        label=_LABELS.get(turn.role, turn.role),
        body=tuple(_pieces(turn, prose)),
        verdict=turn.verdict.value if turn.verdict else "",
        reason=prose.inline(turn.reason),
        clause_id=turn.clause_id or "",
        aside=arrow + recipient if recipient else turn.attributes.get("comment", ""),
    )


def _pieces(turn: Turn, prose: Prose) -> Iterator[Piece]:
    """The text of a message, with what stands between tags of its own apart."""
    rest = turn.text
    literal = turn.role in _LITERAL or "recipient" in turn.attributes
    for wrapped in turn.wrapped:
        opening, closing = f"<{wrapped.name}>", f"</{wrapped.name}>"
        before, found, after = rest.partition(opening)
        if not found:
            break
        rest = after.partition(closing)[2]
        if before.strip():
            yield _piece(before, prose, literal=literal)
        yield Piece(html=plain_text(wrapped.text.strip("\n")), wrapper=wrapped.name)
    if rest.strip():
        yield _piece(rest, prose, literal=literal)


def _piece(text: str, prose: Prose, *, literal: bool) -> Piece:
    text = text.strip("\n")
    return Piece(html=plain_text(text), wrapper="literal") if literal else Piece(html=prose.message(text))
