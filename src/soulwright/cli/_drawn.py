"""Samples that were drawn already, as files have them: read strictly, since a wrong line would be a wrong vote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.recover import Sample

_MARKS = re.compile(r"\A---\n.*?\n---\n|[ \t]*\{(?:#[\w./-]+|[\w-]+=)[^{}\n]*\}[ \t]*$", re.DOTALL | re.MULTILINE)
_ROW = 'write `{"text": "...", "temperature": 0.7}`'


def samples_in(paths: Sequence[Path]) -> list[Sample]:
    """The samples of text files (one each) and of .jsonl files (one a line).

    InputError for a line that is none, an id that stands twice, and a file that is named twice: a sample that is read
    twice would agree with itself.
    """
    seen: dict[Path, Path] = {}
    for path in paths:
        if path.resolve() in seen:
            raise InputError(
                "this file is named twice",
                source=str(path),
                help="name each file once: a sample that is read twice would agree with itself",
            )
        seen[path.resolve()] = path
    stems = [path.stem for path in paths]
    samples: list[Sample] = []
    for path in paths:
        name = path.stem if stems.count(path.stem) == 1 else str(path)
        samples += _samples(path, name)
    return samples


def _samples(path: Path, name: str) -> list[Sample]:
    from soulwright.recover import Sample

    text = read_text(path)
    if path.suffix.lower() != ".jsonl":
        return [Sample(id=name, text=text)]
    # INVARIANT: a line ends at a line feed only. JSON may hold other characters that Python takes for ends of lines.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    found: dict[str, Sample] = {}
    for number, line in lines:
        sample = _sample(line, path, number, name)
        if sample.id in found:
            raise wrong_line(
                f"the id `{sample.id}` stands twice", path, number, line, "give each sample an id of its own"
            )
        found[sample.id] = sample
    return list(found.values())


def _sample(line: str, path: Path, number: int, name: str) -> Sample:
    from soulwright.recover import Sample

    row = row_of(line, path, number)
    temperature, opening = row.get("temperature"), row.get("opening", "")
    if temperature is not None and not _is_temperature(temperature):
        raise wrong_line("`temperature` is a number from 0 on, or null", path, number, line, _ROW)
    if not isinstance(opening, str):
        raise wrong_line("`opening` is a text", path, number, line, _ROW)
    return Sample(id=str(row.get("id", f"{name}-{number}")), text=row["text"], opening=opening, temperature=temperature)


def row_of(line: str, path: Path, number: int) -> dict[str, Any]:
    """The object of a line with its `text`; InputError where there is none."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {error.msg}", source=str(path), line=number, column=error.colno, excerpt=line
        ) from error
    except (ValueError, RecursionError) as error:
        raise wrong_line(
            "is JSON that nests too deeply or holds too long a number", path, number, line, _ROW
        ) from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise wrong_line("a sample needs a `text`", path, number, line, _ROW)
    try:
        row["text"].encode()
    except UnicodeEncodeError as error:
        what = f"`text` holds half a character (at {error.start}): its escapes were cut"
        raise wrong_line(what, path, number, line, _ROW) from error
    return row


def _is_temperature(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def wrong_line(what: str, path: Path, number: int, line: str, remedy: str) -> InputError:
    """The error for one line."""
    return InputError(what, source=str(path), line=number, excerpt=line, help=remedy)


def without_marks(document: str) -> str:
    r"""A document as its readers read it: without front matter and the marks that name its clauses.

    >>> without_marks("---\nspec: x\n---\n# Limits {#limits authority=user}\n\nNever {gamble}.\n{#a kind=rule}")
    '# Limits\n\nNever {gamble}.\n'
    """
    return _MARKS.sub("", document)


def read_text(path: Path) -> str:
    """A text file, without the mark that some editors begin one with; InputError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path), help="name a text file") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", source=str(path), help="save it as UTF-8"
        ) from error
    if "\0" in text:
        raise InputError("is not text: it holds null characters", source=str(path), help="name a text file")
    return text
