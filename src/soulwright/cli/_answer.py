"""What a verb answers, and the one place where an answer or an error becomes text and an exit status."""

from __future__ import annotations

import json
import os
import shlex
import sys
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from soulwright.errors import LISTED, BudgetSpent, InputError, SoulwrightError

FINE = 0
FINDINGS = 1
WRONG = 2
INTERRUPTED = 130
# What the extras install; documents are compiled and explained without them.
_EXTRAS = {
    "large": ("datasets", "peft", "trl"),
    "ray": ("ray",),
    "api": ("anthropic", "openai", "sklearn", "starlette", "uvicorn"),
    "organism": ("accelerate", "inspect_ai", "numpy", "safetensors", "scipy", "tokenizers", "torch", "transformers"),
    "pdf": ("weasyprint",),
    "prompts": ("confusable_homoglyphs",),
    "prove": ("z3",),
}
_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a verb found: `document` for machines, `text` for people; `findings` asks for status 1, `wrong` for 2."""

    document: Mapping[str, object]
    text: str
    findings: bool = False
    wrong: bool = False


def answer(verb: Callable[[], Outcome], *, as_json: bool) -> int:
    """Run a verb, print what it found on stdout or what went wrong on stderr, and say the exit status.

    With `as_json` stdout gets exactly one JSON document, also when the verb fails: then it is `{"error": ...}`.
    """
    try:
        outcome = verb()
    except BudgetSpent as error:
        _explain(error, as_json=as_json)
        return INTERRUPTED
    except SoulwrightError as error:
        return _explain(error, as_json=as_json)
    except ModuleNotFoundError as error:
        extra = next((name for name, modules in _EXTRAS.items() if (error.name or "").split(".")[0] in modules), None)
        if extra is None:
            raise
        return _explain(_without_the_extra(error, extra), as_json=as_json)
    except KeyboardInterrupt:
        print(_how_to_go_on(), file=sys.stderr)
        return INTERRUPTED
    try:
        if as_json:
            _print_document(outcome.document)
        elif outcome.text:
            print(outcome.text)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_the_reader_go(sys.stdout)
    if outcome.wrong:
        return WRONG
    return FINDINGS if outcome.findings else FINE


def error_document(error: SoulwrightError) -> dict[str, object]:
    """An error for machines; `errors` lists every mistake where the error stands for several."""
    return {"error": {"errors": [_one_error(part) for part in error.errors or (error,)]}}


def render_error(error: SoulwrightError) -> str:
    """An error for people: place and message, the source line with the culprit underlined, and the remedy.

    >>> mistake = InputError("unknown kind `rul`", source="x.md", line=3, column=9, excerpt="## A {.rul}", length=3)
    >>> print(render_error(mistake))
    error: x.md:3:9: unknown kind `rul`
      3 | ## A {.rul}
        |         ^^^
    """
    parts = error.errors or (error,)
    rendered = [_render_one(part) for part in parts[:LISTED]]
    if len(parts) > len(rendered):
        rendered.append(f"... and {len(parts) - len(rendered)} more mistakes")
    return "\n".join(rendered)


def _explain(error: SoulwrightError, *, as_json: bool) -> int:
    print(render_error(error), file=sys.stderr)
    if as_json:
        _print_document(error_document(error))
    return WRONG


def _without_the_extra(error: ModuleNotFoundError, extra: str) -> SoulwrightError:
    return SoulwrightError(
        f"this verb needs `{error.name}`, which is not installed", help=f"pip install 'soulwright[{extra}]'"
    )


def _render_one(error: SoulwrightError) -> str:
    place = f"{error.place}: " if error.place else ""
    lines = [f"error: {printable(place + error.message)}"]
    if isinstance(error, InputError) and error.line is not None and error.excerpt:
        lines += underlined(error)
    if error.help:
        lines.append(f"help: {printable(error.help)}")
    return "\n".join(lines)


def underlined(error: InputError) -> list[str]:
    """The source line of an error and, beneath it, marks under what is to blame."""
    excerpt, column = _clipped(error.excerpt.rstrip("\r\n"), error.column)
    before, blamed = excerpt[: column - 1], excerpt[column - 1 : column - 1 + max(1, error.length)]
    number = str(error.line)
    pad, marks = " " * _cells(before), "^" * max(1, _cells(blamed))
    return [f"  {number} | {excerpt}", f"  {' ' * len(number)} | {pad}{marks}"]


def _clipped(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around `column` (a paragraph may be one line of a thousand characters)."""
    line = printable(line)
    if len(line) <= _WIDTH:
        return line, column
    start = max(0, min(column - 1 - _WIDTH // 3, len(line) - _WIDTH))
    head = "…" if start else ""
    tail = "…" if start + _WIDTH < len(line) else ""
    return head + line[start : start + _WIDTH] + tail, column - start + len(head)


def printable(text: str) -> str:
    """The text with a replacement for every control character, so that a document cannot drive the terminal."""
    return "".join(" " if char == "\t" else char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    wide = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return wide - sum(unicodedata.combining(char) != 0 for char in text)


def _one_error(error: SoulwrightError) -> dict[str, object]:
    document: dict[str, object] = {"kind": type(error).__name__, "message": error.message, "help": error.help}
    if isinstance(error, InputError):
        return document | {"source": error.source, "line": error.line, "column": error.column, "length": error.length}
    return document | {"source": error.place}


def _print_document(document: Mapping[str, object]) -> None:
    print(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2))


def _how_to_go_on() -> str:
    command = shlex.join(["soulwright", *sys.argv[1:]])
    return f"\nstopped: finished stages are kept, and `{command}` goes on from there"


def _let_the_reader_go(stream: TextIO) -> None:
    """Whoever read our output has had enough (`| head`): send the rest nowhere, so that nobody complains at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
