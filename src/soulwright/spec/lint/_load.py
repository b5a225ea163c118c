"""A check of a file: the document, what stands beside it, its configuration and its baseline, read and put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec
from soulwright.spec._compile import compile_document
from soulwright.spec._document import Document
from soulwright.spec._load import load_document, load_spec
from soulwright.spec._mistakes import SpecErrors
from soulwright.spec.lint._baseline import Baseline, load_baseline
from soulwright.spec.lint._check import lint
from soulwright.spec.lint._config import CheckConfig, find_config, load_config
from soulwright.spec.lint._disputed import read_disputed
from soulwright.spec.lint._report import Report
from soulwright.spec.lint._rules import RULES
from soulwright.spec.lint._subject import Beside

_LARGEST_SET = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What to check, and against what; what is None is looked for where documents usually keep it.

    `config` is the nearest `soulwright.toml` at or above the document. `examples` is the folder `examples` beside the
    document. `baseline` and `changelog` are those that the configuration names. `against` is an earlier version, `run`
    the folder of a verified run, whose unclear clauses come back to the document.
    """

    document: Path
    config: Path | None = None
    baseline: Path | None = None
    examples: Path | None = None
    against: Path | None = None
    changelog: Path | None = None
    run: Path | None = None


def configuration(request: CheckRequest) -> CheckConfig:
    """The configuration that holds for the document, with what the request itself names on top of it."""
    path = request.config or find_config(request.document)
    config = CheckConfig() if path is None else load_config(path, RULES)
    return replace(
        config,
        baseline=request.baseline or config.baseline,
        examples=request.examples or config.examples,
        changelog=request.changelog or config.changelog,
    )


def check(request: CheckRequest, *, accepting: bool = False) -> Report:
    """Check a file; a document that does not compile has its mistakes among the findings.

    With `accepting` a baseline that does not exist yet is taken as empty. `InputError` where a file cannot be read.
    """
    config = configuration(request)
    document = load_document(request.document)
    spec, mistakes = _compiled(document, request.document)
    return lint(
        document,
        rules=RULES,
        spec=spec,
        mistakes=mistakes,
        beside=_beside(request, config, spec),
        config=config,
        baseline=_baseline(config.baseline, missing_is_empty=accepting),
    )


def _read_sets(folder: Path) -> dict[str, str]:
    """The evaluation sets of a folder: each file `id.md` by its id."""
    sets = {}
    for path in sorted(folder.glob("*.md")):
        try:
            with path.open(encoding="utf-8") as file:
                sets[path.stem] = file.read(_LARGEST_SET)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"cannot read the evaluation set: {error}", source=str(path), help="mend the file"
            ) from error
    return sets


def _compiled(document: Document, path: Path) -> tuple[Spec | None, tuple[InputError, ...]]:
    try:
        return (load_spec(path) if document.front_matter.extends else compile_document(document)), ()
    except SpecErrors as error:
        if error.source not in (document.source, ""):
            raise  # what it extends does not compile; its lines are not lines of this document
        return None, error.errors


def _beside(request: CheckRequest, config: CheckConfig, spec: Spec | None) -> Beside:
    against = request.against
    changelog = config.changelog if against is not None else None
    return Beside(
        example_sets=_sets(config.examples, beside=request.document),
        earlier=None if against is None else load_spec(against),
        earlier_sets=None if against is None else _sets(None, beside=against),
        changelog=None if changelog is None else _text(changelog),
        disputed=None if request.run is None else read_disputed(request.run, spec),
    )


def _sets(folder: Path | None, *, beside: Path) -> dict[str, str] | None:
    if folder is not None and not folder.is_dir():
        raise InputError("there is no such folder of evaluation sets", source=str(folder), help="check the path")
    found = folder or beside.parent / "examples"
    return _read_sets(found) if found.is_dir() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read it: {error}", source=str(path), help="check the path") from error


def _baseline(path: Path | None, *, missing_is_empty: bool) -> Baseline:
    if path is None or (missing_is_empty and not path.exists()):
        return Baseline()
    return load_baseline(path)
