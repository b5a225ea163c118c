"""Documents from files: the only place of this room that reads one, and the files that it extends."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec
from soulwright.spec._compile import compile_document
from soulwright.spec._document import Document
from soulwright.spec._parse import MAX_CHARS, parse

_MAX_BYTES = 4 * MAX_CHARS
_MAX_PARENTS = 16


def load_spec(path: str | Path) -> Spec:
    """Read and compile the file at `path`, and first what it extends; `InputError` where one cannot be read."""
    return _load(Path(path), str(path), ())


def load_document(path: str | Path) -> Document:
    """Read and parse the file at `path`, without compiling it; `InputError` where it cannot be read as text."""
    source = str(path)
    return parse(_decode(_read(Path(path), source), source), source)


def _load(path: Path, source: str, chain: tuple[tuple[Path, str], ...]) -> Spec:
    document = load_document(source)
    extends = document.front_matter.extends
    if not extends or any(problem.fatal for problem in document.problems):
        return compile_document(document)
    here = (*chain, (path.resolve(), source))
    parent = path.parent / _relative(extends, document)
    _check_chain(parent, here, document)
    if not parent.exists():
        message = f"there is no file `{extends}`, which this document extends"
        raise _in_front_matter(document, message, "check the path: it is relative to this document")
    return compile_document(document, parent=_load(parent, str(parent), here))


def _relative(extends: str, document: Document) -> str:
    """The file that the front matter names; only a path relative to the document may lead to it."""
    name = PurePosixPath(extends)
    if name.is_absolute() or ":" in extends or "\\" in extends or not name.name:
        raise _in_front_matter(document, f"`{extends}` is not a path beside this document", "write `extends: name.md`")
    return extends


def _check_chain(parent: Path, here: tuple[tuple[Path, str], ...], document: Document) -> None:
    resolved = parent.resolve()
    names = [Path(source).name for _, source in here]
    if resolved in [path for path, _ in here]:
        first = [path for path, _ in here].index(resolved)
        circle = " → ".join([*names[first:], names[first]])
        message = f"the documents extend each other in a circle: {circle}"
        raise _in_front_matter(document, message, "take `extends` out of one of them")
    if len(here) >= _MAX_PARENTS:
        message = f"a chain of more than {_MAX_PARENTS} documents that extend each other"
        raise _in_front_matter(document, message, "put some of them together")


def _in_front_matter(document: Document, message: str, help: str) -> InputError:
    """An error at the line that says `extends`."""
    lines = document.text.splitlines()
    number = next((place for place, line in enumerate(lines, start=1) if line.startswith("extends")), 1)
    excerpt = lines[number - 1]
    return InputError(
        message, source=document.source, line=number, help=help, excerpt=excerpt, length=max(1, len(excerpt))
    )


def _read(path: Path, source: str) -> bytes:
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise InputError("cannot read the document: it is not a regular file", source=source, help="check the path")
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read the document: {reason}", source=source, help="check the path") from error
    if len(raw) > _MAX_BYTES:
        message = f"the document is longer than {_MAX_BYTES} bytes"
        raise InputError(message, source=source, line=1, help="split it into several")
    return raw


def _decode(raw: bytes, source: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"the document is not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise InputError(message, source=source, line=line, help="save it as UTF-8 and try again") from error
