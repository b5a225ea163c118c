"""The document that a call is about: the bundled one, what is taught of it, and the clauses that are named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.spec import Spec

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_document(name: str = "soulwright.md") -> Path:
    """The path of a document that came with this program; InputError where it did not come along."""
    for folder in (_PACKAGE / "specs", _PACKAGE.parent.parent / "specs"):
        if (folder / name).is_file():
            return _as_short_as_possible(folder / name)
    raise InputError("the bundled document is missing", source=name, help="install the package again, or use --spec")


def asked_and_taught(path: Path | None, left_out: tuple[str, ...]) -> tuple[Spec, Spec]:
    """The document that is measured (the bundled one if there is no path), and the one that is taught: the same, less
    the clauses left out.
    """
    from soulwright.spec import compile_spec, load_spec, without

    path = path or bundled_document()
    asked = load_spec(path)
    text = asked.text
    for clause_id in left_out:
        text = without(text, clause_id)
    return asked, compile_spec(text, str(path)) if left_out else asked


def named_clauses(spec: Spec, ids: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that a call names, all of the document where it names none; InputError where one does not exist."""
    known = [clause.id for clause in spec.clauses]
    for name in ids:
        if name not in known:
            message = f"there is no clause `{name}`"
            raise InputError(message, source=spec.source, help="`soulwright check --clauses` lists them")
    return tuple(dict.fromkeys(ids)) or tuple(known)


def _as_short_as_possible(path: Path) -> Path:
    """Relative to the current folder where that is possible, so that errors name `specs/soulwright.md`."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
