"""Where the bundled document lies: in the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

from soulwright.errors import InputError

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_document(name: str = "soulwright.md") -> Path:
    """The path of a document that came with this program; InputError where it did not come along."""
    for folder in (_PACKAGE / "specs", _PACKAGE.parent.parent / "specs"):
        if (folder / name).is_file():
            return _as_short_as_possible(folder / name)
    raise InputError("the bundled document is missing", source=name, help="install the package again, or use --spec")


def _as_short_as_possible(path: Path) -> Path:
    """Relative to the current folder where that is possible, so that errors name `specs/soulwright.md`."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
