"""A comparison as plain JSON values."""

from __future__ import annotations

from soulwright.spec.diff._change import Change, Edition, Side, SpecDiff, Tally, Verdict

FORMAT = "soulwright/diff/1"


def diff_to_dict(diff: SpecDiff) -> dict[str, object]:
    """The whole comparison as values that JSON can hold."""
    return {
        "format": FORMAT,
        "old": _edition(diff.old),
        "new": _edition(diff.new),
        "required_bump": diff.required.word,
        "declared_bump": diff.declared.word if diff.declared is not None else None,
        "sections": _tally(diff.sections) | {"renamed": diff.renamed_sections, "moved": diff.moved_sections},
        "sentences": _tally(diff.sentences),
        "clauses": _tally(diff.clauses),
        "authorities_changed": diff.authorities,
        "changelog": diff.changelog,
        "extends": diff.extends,
        "findings": [_verdict(verdict, diff) for verdict in diff.verdicts],
        "changes": [_change(change) for change in diff.changes],
    }


def _edition(edition: Edition) -> dict[str, object]:
    return {"name": edition.name, "version": edition.version, "source": edition.source, "hash": edition.hash}


def _tally(tally: Tally) -> dict[str, object]:
    return {"same": tally.same, "removed": tally.removed, "added": tally.added, "edited": tally.edited}


def _verdict(verdict: Verdict, diff: SpecDiff) -> dict[str, object]:
    change = None if verdict.change is None else diff.changes[verdict.change]
    return {
        "rule": verdict.rule,
        "name": verdict.name,
        "severity": "error" if verdict.error else "warning",
        "message": verdict.message,
        "help": verdict.help,
        "change": verdict.change,
        "line": change.here.span.line if change else None,
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "kinds": [kind.value for kind in change.kinds],
        "part": change.part.value,
        "bump": change.bump.word,
        "signals": list(change.signals),
        "old": _side(change.old),
        "new": _side(change.new),
        "words": [[word.sort.value, word.text] for word in change.words],
        "mentioned": change.mentioned,
        "silent": change.silent,
    }


def _side(side: Side | None) -> dict[str, object] | None:
    if side is None:
        return None
    span = {"start": side.span.start, "end": side.span.end, "line": side.span.line, "column": side.span.column}
    place = {"section": side.section, "title": side.title, "clause": side.clause_id, "span": span}
    return {"text": side.text, "body": list(side.body), **place}
