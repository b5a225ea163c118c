"""`soulwright export`: the compiled document in the formats that other tools read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.spec import Spec
    from soulwright.spec.exports import SystemPrompt

FORMATS = ("json", "schema", "statements", "oscal", "system-prompt", "markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is exported, and where to; what a format has no use for must be left as it is."""

    spec: Path | None
    to: str
    out: Path | None = None
    deployment: Path | None = None
    provider: Path | None = None
    on: datetime | None = None
    catalog: str | None = None
    max_tokens: int | None = None
    tokenizer: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export:
    """One export: its text, its value where it is JSON, and what is worth saying about it."""

    text: str
    value: object
    about: Mapping[str, object]
    notes: tuple[str, ...] = ()


@click.command(short_help="Write the document in a format that other tools read.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@click.option("--to", required=True, type=click.Choice(FORMATS), help="The format.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH", help="The file to write; stdout if left out.")
@click.option(
    "--deployment", type=click.Path(path_type=Path), metavar="PATH", help="With oscal: the profile of this deployment."
)
@click.option(
    "--provider",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With --deployment: the provider's configuration.",
)
@click.option(
    "--on",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="DAY",
    help="With --deployment: the day on which agreements must be in force; today if left out.",
)
@click.option("--catalog", metavar="ADDRESS", help="With oscal: where the profile finds its catalog [catalog.json].")
@click.option(
    "--max-tokens", type=click.IntRange(min=1), metavar="N", help="With system-prompt: at most so many tokens."
)
@click.option(
    "--tokenizer",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With system-prompt: a folder with a tokenizer.json to count with; an estimate if left out.",
)
@json_option
def export(*, as_json: bool, **given: object) -> int:
    """Write the document SPEC (the bundled one if left out) in a format that other tools read.

    \b
    json           the clauses and their edges, for programs
    schema         the JSON Schema of that
    statements     statements.jsonl, as papers on evaluation use it
    oscal          an OSCAL catalog; with --deployment the profile of a deployment
    system-prompt  the most binding clauses first, within --max-tokens
    markdown       for site generators, with anchors and admonitions
    """  # noqa: D301 - click reads the escape: what follows keeps its lines
    return answer(lambda: _export(ExportOptions(**given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _export(options: ExportOptions) -> Outcome:
    from soulwright.runs import write_text_atomic
    from soulwright.spec import load_spec

    _refuse_what_would_be_ignored(options)
    path = options.spec or bundled_document()
    spec = load_spec(path)
    made = _MAKERS[options.to](spec, path, options)
    about = {"format": options.to, "spec": spec.name, "version": spec.version, "hash": spec.hash, **made.about}
    for note in made.notes:
        print(note, file=sys.stderr)
    if options.out is None:
        return Outcome(document=about | {"content": made.value}, text=made.text.removesuffix("\n"))
    write_text_atomic(options.out, made.text)
    return Outcome(document=about | {"out": str(options.out)}, text=f"{options.to}: {options.out}")


def _refuse_what_would_be_ignored(options: ExportOptions) -> None:
    belongs = {
        "--deployment": (options.deployment, "oscal"),
        "--provider": (options.provider, "oscal"),
        "--on": (options.on, "oscal"),
        "--catalog": (options.catalog, "oscal"),
        "--max-tokens": (options.max_tokens, "system-prompt"),
        "--tokenizer": (options.tokenizer, "system-prompt"),
    }
    for name, (value, wanted) in belongs.items():
        if value is not None and options.to != wanted:
            raise InputError(
                f"`{name}` has no meaning with `--to {options.to}`", help=f"leave it out, or use `--to {wanted}`"
            )
    of_a_deployment = {"--provider": options.provider, "--on": options.on, "--catalog": options.catalog}
    for name, value in of_a_deployment.items():
        if value is not None and options.deployment is None:
            raise InputError(f"`{name}` has no meaning without `--deployment`", help="name the deployment's file")


def _as_json(value: object, **about: object) -> _Export:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    return _Export(text=text, value=value, about=about)


def _compiled(spec: Spec, path: Path, options: ExportOptions) -> _Export:  # noqa: ARG001 - one signature for all formats
    from soulwright.spec.exports import compiled_document

    return _as_json(compiled_document(spec), clauses=len(spec.clauses))


def _schema(spec: Spec, path: Path, options: ExportOptions) -> _Export:  # noqa: ARG001 - one signature for all formats
    from soulwright.spec.exports import compiled_schema

    return _as_json(compiled_schema())


def _statements(spec: Spec, path: Path, options: ExportOptions) -> _Export:  # noqa: ARG001 - one signature for all formats
    from soulwright.spec.exports import statements

    rows = statements(spec)
    text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    return _Export(text=text, value=rows, about={"statements": len(rows)})


def _oscal(spec: Spec, path: Path, options: ExportOptions) -> _Export:
    from soulwright.policy import load_deployment, load_layers, oscal_profile
    from soulwright.spec.exports import oscal_catalog

    # The document's own time of change keeps the export the same however often it is made.
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC).isoformat()
    if options.deployment is None:
        return _as_json(oscal_catalog(spec, modified=modified), model="catalog", controls=len(spec.clauses))
    today = (options.on or datetime.now(UTC)).date()
    deployment = load_deployment(options.deployment, today=today, spec=spec)
    if options.provider is not None:
        deployment = replace(deployment, layers=load_layers(options.provider, spec=spec))
    catalog = options.catalog or "catalog.json"
    profile = oscal_profile(spec, deployment, modified=modified, catalog=catalog)
    return _as_json(profile, model="profile", catalog=catalog)


def _system_prompt(spec: Spec, path: Path, options: ExportOptions) -> _Export:  # noqa: ARG001 - one signature for all formats
    from soulwright.spec.exports import system_prompt

    if options.tokenizer is None:
        prompt = system_prompt(spec, max_tokens=options.max_tokens)
    else:
        count = _counter(options.tokenizer)
        prompt = system_prompt(
            spec, max_tokens=options.max_tokens, count=count, counted_by=f"the tokenizer in {options.tokenizer}"
        )
    about = {
        "tokens": prompt.tokens,
        "max_tokens": prompt.max_tokens,
        "counted_by": prompt.counted_by,
        "included": list(prompt.included),
        "left_out": [
            {"clause": out.clause_id, "kind": out.kind.value, "tokens": out.tokens} for out in prompt.left_out
        ],
    }
    return _Export(text=prompt.text, value=prompt.text, about=about, notes=_notes(prompt))


def _notes(prompt: SystemPrompt) -> tuple[str, ...]:
    total = len(prompt.included) + len(prompt.left_out)
    first = f"{len(prompt.included)} of {total} clauses in {prompt.tokens} tokens ({prompt.counted_by})"
    return (first, *(f"left out: {out.clause_id} ({out.kind.value}, {out.tokens} tokens)" for out in prompt.left_out))


def _counter(folder: Path) -> Callable[[str], int]:
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json" if folder.is_dir() else folder
    if not path.is_file():
        raise InputError(
            "there is no tokenizer here", source=str(path), help="name the folder of a model with a tokenizer.json"
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise InputError(f"this is no tokenizer: {error}", source=str(path), help="name another folder") from error
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def _markdown(spec: Spec, path: Path, options: ExportOptions) -> _Export:  # noqa: ARG001 - one signature for all formats
    from soulwright.spec.exports import site_markdown

    text = site_markdown(spec)
    return _Export(text=text, value=text, about={"clauses": len(spec.clauses)})


_MAKERS: Mapping[str, Callable[[Spec, Path, ExportOptions], _Export]] = {
    "json": _compiled,
    "schema": _schema,
    "statements": _statements,
    "oscal": _oscal,
    "system-prompt": _system_prompt,
    "markdown": _markdown,
}
