"""The pages of the rules, made from the rules' own metadata: one each, and a table of all."""

from __future__ import annotations

from collections.abc import Sequence

from soulwright.spec.lint._finding import Tier
from soulwright.spec.lint._rule import Rule, Sample

_TIERS = {
    Tier.STRUCTURE: ("Structure", "what can be told from the text alone, without reading it"),
    Tier.AUTHORITY: ("Authority", "who may change what, and whether the clauses agree about it"),
    Tier.PROSE: ("Prose", "words that weaken, and words in the wrong place"),
    Tier.COVERAGE: ("Coverage and versions", "examples, evaluation sets, and what changed since an earlier version"),
    Tier.MEANING: ("Meaning", "candidates that a person has to judge"),
}
_HEAD = """# The rules of the check

`soulwright check` holds a document against these rules; [Checking a specification](../check.md) says how to configure,
disable and accept them. Numbers do not change: a rule that goes leaves a gap. `soulwright rules SW204` prints a page.
"""
_NEEDS = {
    "example_sets": "a folder of evaluation sets beside the document, or `--examples`",
    "earlier": "an earlier version: `--against OLD`",
    "changelog": "a changelog: `--changelog FILE`, or `changelog` in soulwright.toml",
    "disputed": "a verified run of the document: `--run RUN`",
}


def rule_pages(rules: Sequence[Rule]) -> dict[str, str]:
    """The pages by file name: `SW001.md` and so on, and `index.md`."""
    return {"index.md": _index(rules)} | {f"{rule.id}.md": rule_page(rule) for rule in rules}


def rule_page(rule: Rule) -> str:
    """The page of one rule: what, why, how to fix, a document on which it fires and one on which it does not."""
    notes = [f"Severity: **{rule.severity}**. Tier: {_TIERS[rule.tier][0].lower()}."]
    if rule.mechanical:
        notes.append("`--fix` can carry it out.")
    if rule.needs:
        notes.append(f"It is asked only with {' and '.join(_NEEDS[need] for need in rule.needs)}.")
    parts = [
        f"# {rule.id} {rule.name}",
        f"{rule.what}\n\n{' '.join(notes)}",
        f"## Why\n\n{rule.why}",
        f"## How to fix it\n\n{rule.remedy}{_options(rule)}",
        f"## It fires here\n\n{_sample(rule.wrong)}",
        f"## It does not fire here\n\n{_sample(rule.right)}",
    ]
    return "\n\n".join(parts) + "\n"


def rule_to_dict(rule: Rule) -> dict[str, object]:
    """The metadata of a rule as plain values."""
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity.value,
        "tier": rule.tier.name.lower(),
        "what": rule.what,
        "why": rule.why,
        "remedy": rule.remedy,
        "options": dict(rule.options),
        "needs": list(rule.needs),
        "mechanical": rule.mechanical,
    }


def _options(rule: Rule) -> str:
    if not rule.options:
        return ""
    written = ", ".join(f"{name} = {value:g}" for name, value in rule.options.items())
    return f"\n\n```toml\n[check.rules]\n{rule.id} = {{ {written} }}  # as it is without a configuration\n```"


def _sample(sample: Sample) -> str:
    parts = []
    if sample.earlier is not None:
        parts.append(f"The earlier version:\n\n{_fenced(sample.earlier)}\n\nThe document:")
    parts.append(_fenced(sample.text))
    if sample.example_sets is not None:
        parts += [f"`examples/{name}.md`:\n\n{_fenced(text)}" for name, text in sample.example_sets.items()]
    if sample.changelog is not None:
        parts.append(f"The changelog:\n\n{_fenced(sample.changelog)}")
    for clause_id, found in (sample.disputed or {}).items():
        said = [
            f"`{clause_id}` was found unclear in the run:",
            f"- {found.reason}",
            *(f"- {e}" for e in found.examples),
        ]
        parts.append("\n".join([said[0], "", *said[1:]]))
    return "\n\n".join(parts)


def _fenced(text: str) -> str:
    """The text within a fence that it does not itself close."""
    return f"````markdown\n{text.rstrip()}\n````"


def _index(rules: Sequence[Rule]) -> str:
    parts = [_HEAD]
    for tier, (title, says) in _TIERS.items():
        rows = [
            f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity} | {rule.what.replace('|', chr(92) + '|')} |"
            for rule in rules
            if rule.tier is tier
        ]
        table = "\n".join(["| rule | name | severity | what it finds |", "|---|---|---|---|", *rows])
        parts.append(f"## {title}\n\n{says[0].upper()}{says[1:]}.\n\n{table}\n")
    return "\n".join(parts)
