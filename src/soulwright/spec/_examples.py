"""Examples as clauses carry them: each verdict bound to the clause that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from soulwright.spec._clauses import BoundVerdict, Example
from soulwright.spec._document import ExampleBlock, ExampleVerdict, Span, Turn
from soulwright.spec._prose import plain


def example_of(block: ExampleBlock) -> Example:
    """The example with the verdicts that it states itself; `bound_to` adds what follows from its section."""
    span = Span(start=block.span.start, end=block.span.end, line=block.span.line, column=1)
    return Example(
        caption=plain(block.caption),
        body=block.code.text,
        span=span,
        verdicts=tuple(_verdicts(block)),
        dialogue=block.dialogue,
    )


def named_in(example: Example) -> tuple[str, ...]:
    """The ids of the clauses that the verdicts of an example name."""
    found = (verdict.clause_id for verdict in example.verdicts if not verdict.inferred)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def bound_to(example: Example, clause_id: str) -> Example:
    """The example with its unbound verdicts given to the only clause of its section."""
    return replace(
        example,
        verdicts=tuple(
            replace(verdict, clause_id=clause_id, inferred=True) if verdict.clause_id is None else verdict
            for verdict in example.verdicts
        ),
    )


def _verdicts(block: ExampleBlock) -> Iterator[BoundVerdict]:
    for comparison in (block.dialogue.judged,) if not block.dialogue.comparisons else _groups(block):
        named = {turn.clause_id for turn in comparison if turn.clause_id is not None}
        only = next(iter(named)) if len(named) == 1 else None
        for turn in comparison:
            assert turn.verdict is not None
            # The good reply of a comparison keeps the clause that the bad one beside it breaks.
            follows = turn.clause_id is None and only is not None and turn.verdict is not ExampleVerdict.BAD
            yield BoundVerdict(
                verdict=turn.verdict,
                clause_id=only if follows else turn.clause_id,
                reason=turn.reason,
                reply=turn.text,
                span=turn.span,
                inferred=follows,
            )


def _groups(block: ExampleBlock) -> Iterator[tuple[Turn, ...]]:
    """The judged turns of each comparison, then those that stand alone."""
    compared: set[Span] = set()
    for comparison in block.dialogue.comparisons:
        judged = tuple(turn for turn in comparison.turns if turn.verdict is not None)
        compared.update(turn.span for turn in judged)
        yield judged
    yield tuple(turn for turn in block.dialogue.judged if turn.span not in compared)
