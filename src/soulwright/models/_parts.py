"""Many questions in parts, each part one log, so that what was answered is never asked again.

Part N of a folder lies at `part-000N/part-000N.eval`. What a log counts as answered, and how a part is put, is for
whoever asks to say; who makes the logs, this process or many workers, is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import TypeVar

from soulwright.models._workers import AsksInto, LogToMake, make_logs

Kept = TypeVar("Kept")
PART = 64  # questions in one log, all of them under way at once as far as the provider allows
_NAME = re.compile(r"part-(\d{4,})")


def ask_in_parts(
    folder: Path,
    keys: Mapping[str, str],
    *,
    read: Callable[[Path, bool], Mapping[str, Kept]],
    put: Callable[[list[str]], AsksInto[None]],
    advance: Callable[[int], None],
    size: int = PART,
) -> dict[str, Kept]:
    """What is kept of the questions `keys` (name to key), by their key: those of the logs, then those asked now.

    `put` gives what asks the questions of these names into a log, or leaves no log; `read` gives what counts of a log
    (its samples), by key, and is told whether it was made just now. `advance` hears how many more are done.
    """
    parts = {int(found[1]): path for path in folder.glob("part-*") if (found := _NAME.fullmatch(path.name))}
    kept: dict[str, Kept] = {}
    for _, part in sorted(parts.items()):
        if (log := part / f"{part.name}.eval").is_file():
            kept |= read(log, False)
    left = [name for name, key in keys.items() if key not in kept]
    advance(len(keys) - len(left))
    # A number that is free may be that of a part that a budget has cut: it gets its questions, and what they answered.
    free = (number for number in count(1) if number not in parts)
    made = {
        folder / f"part-{number:04}" / f"part-{number:04}.eval": left[start : start + size]
        for start, number in zip(range(0, len(left), size), free, strict=False)
    }
    make_logs((LogToMake(path=log, count=len(names), ask=put(names)) for log, names in made.items()), advance)
    for log in made:
        if log.is_file():
            kept |= read(log, True)
    return kept
