"""`soulwright rules`: list the lint rules, explain one, or write their pages."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option

_ELSEWHERE = "SW411 to SW414 are what `soulwright consult` says"


@click.command(short_help="List the lint rules, or explain one.")
@click.argument("rule", required=False)
@click.option(
    "--write", type=click.Path(path_type=Path), metavar="PATH", help="Write a page for each into this folder."
)
@json_option
def rules(*, rule: str | None, write: Path | None, as_json: bool) -> int:
    """List the rules that `check` holds a document against, or explain RULE: what, why, example, remedy."""
    return answer(lambda: _rules(rule, write), as_json=as_json)


def _rules(wanted: str | None, folder: Path | None) -> Outcome:
    from soulwright.errors import InputError
    from soulwright.spec.lint import RULES, rule_page, rule_pages, rule_to_dict

    chosen = [rule for rule in RULES if wanted is None or rule.id == wanted.upper() or rule.name == wanted]
    if not chosen:
        raise InputError(f"there is no rule `{wanted}`", help=f"`soulwright rules` lists them; {_ELSEWHERE}")
    document = {"rules": [rule_to_dict(rule) for rule in chosen]}
    if folder is not None:
        return Outcome(document=document, text=_written(rule_pages(RULES), folder))
    if wanted is not None:
        return Outcome(document=document, text=rule_page(chosen[0]).rstrip("\n"))
    width = max(len(rule.name) for rule in chosen)
    rows = [f"{rule.id}  {rule.name:<{width}}  {rule.severity:<10}  {rule.what}" for rule in chosen]
    return Outcome(document=document, text="\n".join(rows))


def _written(pages: dict[str, str], folder: Path) -> str:
    from soulwright.runs import write_text_atomic

    for name, text in pages.items():
        write_text_atomic(folder / name, text)
    return f"{folder}: {len(pages)} pages"
