"""The document as `statements.jsonl`: one behavioural statement a line, in the shape that evaluation papers use.

The shape is the one of SpecEval (Ahmed et al., 2025, arXiv 2509.02464), which other tools read as well: `id`, `text`,
`type`, `authority_level`, `section`, `subsection`, `related_statements`, and `metadata` with examples of one query, one
good and one bad response. Its four types and four levels are coarser than ours; ours stand in `metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from soulwright.spec._clauses import Clause, Example, Kind, Polarity, Spec
from soulwright.spec._document import Comparison, ExampleVerdict, Turn
from soulwright.spec.exports._compiled import compiled_edges
from soulwright.spec.exports._outline import outline

_NO_DEMAND = (Kind.DEFINITION, Kind.META)
_ASSISTANT = "assistant"


def statements(spec: Spec) -> list[dict[str, object]]:
    """One row for each clause, in the order of the document's sections."""
    ids = {clause.id for clause in spec.clauses}
    related: dict[str, list[str]] = {}
    for edge in compiled_edges(spec):
        if edge.target in ids and edge.target not in related.setdefault(edge.source, []):
            related[edge.source].append(edge.target)
    return [
        _statement(spec, clause, part.path, related.get(clause.id, []))
        for part in outline(spec)
        for clause in part.clauses
    ]


def _statement(spec: Spec, clause: Clause, path: Sequence[str], related: list[str]) -> dict[str, object]:
    return {
        "id": clause.id,
        "text": clause.text,
        "type": _type(clause),
        "authority_level": _level(spec, clause.authority),
        "section": path[0],
        "subsection": path[-1] if len(path) > 1 else None,
        "related_statements": related,
        "metadata": {
            "spec": spec.name,
            "version": spec.version,
            "kind": clause.kind.value,
            "authority": clause.authority,
            "polarity": clause.polarity.value,
            "inferred": list(clause.inferred),
            "evaluations": list(clause.evaluations),
            "hash": clause.hash,
            "examples": [row for example in clause.examples for row in _examples(example)],
        },
    }


def _type(clause: Clause) -> str:
    """What must not be is a prohibition, what must be a requirement, what should or may be a guideline."""
    if clause.kind in _NO_DEMAND:
        return "DEFINITION"
    return {Polarity.MUST_NOT: "PROHIBITION", Polarity.MUST: "REQUIREMENT"}.get(clause.polarity, "GUIDELINE")


def _level(spec: Spec, authority: str) -> str:
    """The published four: the highest level is the platform, `user` and `guideline` are themselves, others developers.

    Readers of this shape take an unknown level for a guideline, so ours are never written as they are.
    """
    if authority == spec.levels[0]:
        return "PLATFORM"
    return authority.upper() if authority in ("user", "guideline") else "DEVELOPER"


def _examples(example: Example) -> Iterator[dict[str, str]]:
    """One row for each comparison: what was said until then, the first good reply and the first bad one."""
    said: list[Turn] = []
    for item in example.dialogue.items if example.dialogue else ():
        if isinstance(item, Turn):
            said.append(item)
        if not isinstance(item, Comparison):
            continue
        good = next((turn for turn in item.turns if turn.verdict is ExampleVerdict.GOOD), None)
        bad = next((turn for turn in item.turns if turn.verdict is ExampleVerdict.BAD), None)
        if good or bad:
            yield _example(example, said, good, bad)
        said += [good] if good else []


def _example(example: Example, said: Sequence[Turn], good: Turn | None, bad: Turn | None) -> dict[str, str]:
    row = {"description": example.caption, "user_query": _query(said)}
    if good is not None:
        row |= {"good_response": good.text.strip(), "good_reason": good.reason}
    if bad is not None:
        row |= {"bad_response": bad.text.strip(), "bad_reason": bad.reason}
    return {key: value for key, value in row.items() if value or key in ("description", "user_query")}


def _query(said: Sequence[Turn]) -> str:
    """A lone user's words as they are; a longer conversation with the roles before the words."""
    if len(said) == 1 and said[0].role != _ASSISTANT:
        return said[0].text.strip()
    return "\n\n".join(f"{turn.role}: {turn.text.strip()}" for turn in said)
