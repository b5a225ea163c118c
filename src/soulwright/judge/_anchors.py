"""Anchors: frozen transcripts that the old and the new judge both judge when the judge changes.

A trend over time is only as steady as whoever judges. So some transcripts are frozen once, with the hash of their words
as their name, and whenever the judge changes both judges read them: how far the verdicts move is published with its
interval, and a figure of today can be told from a figure of another judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from soulwright.errors import CorruptRun, InputError
from soulwright.judge._again import Transcript, judge_again, shift_between, transcripts_of
from soulwright.judge._named import NamedJudge
from soulwright.judge._record import AnchorShift
from soulwright.runs import content_key, read_jsonl, write_jsonl
from soulwright.situations import situation_from_dict, situation_to_dict
from soulwright.verify import Arm, Judging, Prompt, Verdict, judged_from_dict, judged_to_dict

MOST = 100


def freeze_anchors(run: Path, folder: Path, *, most: int = MOST) -> Path:
    """Freeze at most so many transcripts of a run into `folder`, drawn by a checksum; the file's name is their hash.

    Half of them are such as the run's judge did not pass, as far as there are so many. The same run gives the same
    file.
    """
    found = [
        one
        for one in transcripts_of(run)
        if one.old.arm is Arm.TRAINED and one.old.prompt is Prompt.NONE and one.old.judging is not Judging.NOT_REACHED
    ]
    if not found:
        raise InputError("there are no replies that could be anchors", source=str(run), help="name a verified run")
    drawn = sorted(found, key=lambda one: content_key("anchor", one.name))
    flagged = [one for one in drawn if one.old.verdict is not Verdict.PASS][: most // 2]
    chosen = flagged + [one for one in drawn if one.old.verdict is Verdict.PASS][: most - len(flagged)]
    rows = [_row(one) for one in chosen]
    path = folder / f"anchors-{content_key(rows)[:16]}.jsonl"
    write_jsonl(path, rows)
    return path


def read_anchors(path: Path) -> tuple[Transcript, ...]:
    """Frozen transcripts; CorruptRun where the file is damaged, or is no longer what its name says."""
    remedy = "freeze anchors again from a verified run, and judge them by both judges"
    rows: list[Any] = list(read_jsonl(path))
    if not path.stem.startswith("anchors-") or content_key(rows)[:16] != path.stem.removeprefix("anchors-"):
        raise CorruptRun("these anchors are not what was frozen under this name", path=str(path), help=remedy)
    try:
        return tuple(
            Transcript(situation=situation_from_dict(row["situation"]), old=judged_from_dict(row["judged"]))
            for row in rows
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptRun("these are no anchors", path=str(path), help=remedy) from error


def anchor_shift(
    anchors: Sequence[Transcript], now: NamedJudge, before: NamedJudge, *, folder: Path, name: str = ""
) -> AnchorShift:
    """The anchors judged again by both judges, and how far their verdicts are apart."""
    old, new = (
        judge_again(anchors, judge, folder=folder / f"anchors-{judge.fingerprint[:16]}") for judge in (before, now)
    )
    return shift_between(old, new, before=before.name, before_fingerprint=before.fingerprint, anchors=name)


def _row(one: Transcript) -> dict[str, object]:
    return {"situation": situation_to_dict(one.situation), "judged": judged_to_dict(one.old)}
