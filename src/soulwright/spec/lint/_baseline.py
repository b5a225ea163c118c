"""Accepted findings: a JSON file beside the document that a check is held against.

An entry matches a finding with the same rule, the same clause or section, and the same words around it, so that lines
may move. Each entry stands for as many findings as its `count` says. `verdict` is what somebody decided: `open`, `real`
(a defect that is known), `settled` (the note says how) or `settled-by LOCATOR` (another place of the document answers
it). `note` is theirs to write, and so is any further key with a text: it is kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from soulwright.errors import InputError
from soulwright.spec.lint._finding import Finding

FORMAT = "soulwright-check-baseline/1"
_VERDICT = re.compile(r"open|real|settled|settled-by \S.*")
_MATCHED = ("rule", "locator", "fingerprint")
_WORDS = (*_MATCHED, "message", "verdict", "note")
_HELP = "write it with `soulwright check --update-baseline`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One entry: `count` findings of a rule, in one place, with the same words around them."""

    rule: str
    locator: str
    fingerprint: str
    message: str = ""
    count: int = 1
    verdict: str = "open"
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What a finding must share with this entry."""
        return (self.rule, self.locator, self.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """All that was accepted."""

    entries: tuple[Accepted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """Findings held against a baseline: the new ones, the accepted ones, and the entries that match nothing now."""

    new: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    stale: tuple[Accepted, ...]


def sift(findings: Iterable[Finding], baseline: Baseline) -> Sifted:
    """Tell the findings that the baseline accepts from those it does not know."""
    if not baseline.entries:
        return Sifted(new=tuple(findings), accepted=(), stale=())
    left = Counter[tuple[str, str, str]]()
    for entry in baseline.entries:
        left[entry.key] += entry.count
    new: list[Finding] = []
    accepted: list[Finding] = []
    for finding in findings:
        known = left[finding.key] > 0
        left[finding.key] -= known
        (accepted if known else new).append(finding)
    used = Counter(finding.key for finding in accepted)
    stale = tuple(entry for entry in baseline.entries if not used[entry.key])
    return Sifted(new=tuple(new), accepted=tuple(accepted), stale=stale)


def accept(findings: Iterable[Finding], baseline: Baseline, *, rules: Iterable[str]) -> Baseline:
    """A baseline of exactly these findings of `rules`; what was decided stays where it still matches.

    Entries of rules that are not in `rules` are kept as they are: other verbs keep theirs in the same file.
    """
    ours = frozenset(rules)
    decided = {entry.key: entry for entry in baseline.entries}
    counts = Counter[tuple[str, str, str]]()
    first: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        counts[finding.key] += 1
        first.setdefault(finding.key, finding)
    entries = [
        replace(
            decided.get(key, Accepted(rule=key[0], locator=key[1], fingerprint=key[2])),
            message=finding.message,
            count=counts[key],
        )
        for key, finding in first.items()
    ]
    kept = [entry for entry in baseline.entries if entry.rule not in ours]
    return Baseline(entries=(*entries, *kept))


def baseline_to_json(baseline: Baseline) -> str:
    """The text of the file: sorted, one line a key, so that a review of it reads well."""
    rows = sorted(baseline.entries, key=lambda entry: entry.key)
    names = (*_MATCHED, "message", "count", "verdict", "note")
    entries = [{name: getattr(row, name) for name in names} | dict(sorted(row.extra.items())) for row in rows]
    return json.dumps({"format": FORMAT, "accepted": entries}, ensure_ascii=False, indent=2) + "\n"


def load_baseline(path: Path) -> Baseline:
    """Read the file at `path`; a file that is no baseline is an `InputError`."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the baseline: {error.strerror}", source=str(path), help=_HELP) from error
    except ValueError as error:
        raise InputError(f"the baseline is not JSON: {error}", source=str(path), help=_HELP) from error
    if (
        not isinstance(written, dict)
        or written.get("format") != FORMAT
        or not isinstance(written.get("accepted"), list)
    ):
        raise InputError(f"this is no baseline of the format `{FORMAT}`", source=str(path), help=_HELP)
    rows = cast("list[object]", written["accepted"])
    return Baseline(entries=tuple(_entry(row, number, path) for number, row in enumerate(rows, start=1)))


def _entry(row: object, number: int, path: Path) -> Accepted:
    fields = row if isinstance(row, dict) else {}
    count = fields.get("count", 1)
    words = {name: text for name, text in fields.items() if name != "count"}
    sound = all(isinstance(text, str) for text in words.values()) and type(count) is int and count > 0
    if not sound or not set(_MATCHED) <= set(words):
        message = f"entry {number} of the baseline cannot be read"
        raise InputError(message, source=str(path), help=f"it needs {', '.join(_MATCHED)}; {_HELP}")
    extra = {name: text for name, text in words.items() if name not in _WORDS}
    entry = Accepted(**{name: text for name, text in words.items() if name in _WORDS}, count=count, extra=extra)
    if not _VERDICT.fullmatch(entry.verdict):
        message = f"entry {number} of the baseline has the verdict `{entry.verdict}`"
        raise InputError(message, source=str(path), help="write `open`, `real`, `settled` or `settled-by LOCATOR`")
    return entry
