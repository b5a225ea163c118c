"""Which transcripts a report carries, and how: as inert JSON, failures first, never the document itself.

A report carries whole situations: the messages once, and beside them the reply of every arm. From each row, suite and
arm (and each row, pressure and arm) up to `PER_CELL` situations are taken, those that the arm failed first; the number
falls where the report would grow past `BUDGET` characters. Long messages are cut in the middle and say so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from soulwright.verify._judged import Judged, Prompt, Verdict

PER_CELL = 8
BUDGET = 4_500_000
LONGEST = 4_000

_WORST_FIRST = (Verdict.FAIL, Verdict.INVALID, Verdict.UNCLEAR, Verdict.PASS)


def transcripts_json(judged: Sequence[Judged], rows: Mapping[str, int], *, document: str = "") -> str:
    """The embedded transcripts as JSON that cannot end its own <script>; `rows` numbers the rows of the report."""
    for per_cell in (PER_CELL, 4, 2, 1):
        text = _escaped(_situations(judged, _chosen(judged, per_cell), rows, document))
        if len(text) <= BUDGET:
            return text
    return _escaped([])


def script_json(value: object) -> str:
    """JSON for a <script> element: no `<`, `>` or `&` survives, so no text in it can become markup."""
    return _escaped(value)


def _escaped(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _chosen(judged: Sequence[Judged], per_cell: int) -> frozenset[str]:
    cells: dict[Hashable, list[Judged]] = defaultdict(list)
    for item in judged:
        if item.prompt is Prompt.NONE:
            cells[item.row, item.suite, item.arm].append(item)
            if item.suite.held_out:
                cells[item.row, item.pressure, item.arm].append(item)
    return frozenset(
        item.situation_id
        for items in cells.values()
        for item in sorted(items, key=lambda item: _WORST_FIRST.index(item.verdict))[:per_cell]
    )


def _situations(
    judged: Sequence[Judged], chosen: frozenset[str], rows: Mapping[str, int], document: str
) -> list[object]:
    found: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        if item.situation_id in chosen:
            found[item.situation_id].append(item)
    return [_situation(items, rows, document) for items in found.values()]


def _situation(items: Sequence[Judged], rows: Mapping[str, int], document: str) -> dict[str, object]:
    bare = next((item for item in items if item.prompt is Prompt.NONE), items[0])
    return {
        "id": bare.situation_id,
        "row": rows[bare.row],
        "suite": bare.suite.value,
        "pressure": bare.pressure.value,
        "messages": [[message.role.value, _shown(message.content, document)] for message in bare.messages],
        "replies": [
            [item.arm.value, item.prompt.value, item.verdict.value, _shown(item.reply, ""), _shown(item.why, "")]
            for item in items
        ],
    }


def _shown(text: str, document: str) -> str:
    if document and document in text:
        text = text.replace(document, "[the whole document]")
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]}\n[… {len(text) - LONGEST} characters are left out here; the log has them …]\n{text[-half:]}"
