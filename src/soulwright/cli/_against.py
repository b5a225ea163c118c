"""Two verified runs side by side: one meaning for `compare-runs OLD NEW` and `verify --against OLD`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.verify import Against, Judged, PairedRow, Version


def compare_folders(old: Path, new: Path, *, margin: float, judge: str = "") -> Against:
    """Both runs on the situations that they answered in the same words; InputError where there are none.

    `judge` is the fingerprint of who judged the new one, where its gap is not written yet.
    """
    from soulwright.verify import Against, compare_paired

    hard = _hard_limits(old) | _hard_limits(new)
    found = compare_paired(_judged(old), _judged(new), margin=margin, hard=hard)
    if not found.rows:
        raise InputError(
            "the two runs answered no situation in common",
            source=str(new),
            help="verify both on the same document with the same seed, or with a core (`verify` asks one)",
        )
    identical = sum(row.pairs.n for row in found.rows)
    return Against(old=_version(old), new=_version(new, judge), comparison=found, identical=identical)


def worse(found: Against) -> bool:
    """Whether some row got worse beyond chance."""
    from soulwright.verify import Regression

    return bool(found.comparison.having(Regression.WORSE))


def row_document(row: PairedRow) -> dict[str, object]:
    """One row for `--json`."""
    pairs = row.pairs
    return {
        "row": row.row,
        "state": row.state.value,
        "hard": row.hard,
        "n": pairs.n,
        "unpaired": row.unpaired,
        "lost": pairs.lost,
        "gained": pairs.gained,
        "loss": pairs.loss,
        "interval": [row.loss.low, row.loss.high],
        "p": row.p,
        "p_adjusted": row.p_adjusted,
        "smallest_detectable": row.detectable,
    }


def against_text(against: Against) -> str:
    """How many rows stand how, what is not compared, and a line for each row that is not shown to be as good."""
    from soulwright.verify import Regression

    found = against.comparison
    counted = {state: len(found.having(state)) for state in Regression}
    lines = [", ".join(f"{count} {state.value.replace('_', ' ')}" for state, count in counted.items())]
    if against.judges_differ:
        lines.append(
            "judged by two different judges: what differs may be theirs; `soulwright verify --rejudge` judges the old"
            " replies by the new judge"
        )
    if found.only_old:
        lines.append(f"{len(found.only_old)} rows of the old run were not compared: {', '.join(found.only_old)}")
    for row in found.rows:
        if row.state is Regression.NOT_WORSE:
            continue
        smallest = "nothing" if row.detectable is None else f"{100 * row.detectable:.0f} points"
        lines.append(
            f"{row.state.value.replace('_', ' '):<10} {row.row}: loss {100 * row.pairs.loss:+.0f} points "
            f"[{100 * row.loss.low:+.0f}, {100 * row.loss.high:+.0f}] on {row.pairs.n} situations, "
            f"p {row.p_adjusted:.3g}, could have seen {smallest}"
        )
    return "\n".join(lines)


def _judged(run: Path) -> list[Judged]:
    from soulwright.verify import judged_in

    if not (run / "judged.jsonl").is_file():
        raise InputError(
            "there is no verified run here", source=str(run), help="`soulwright verify --run PATH` makes one"
        )
    return judged_in(run)


def _hard_limits(run: Path) -> frozenset[str]:
    """The clauses of the run's document that are hard limits; none where the document was not kept."""
    from soulwright.runs import read_json
    from soulwright.spec import Kind, spec_from_dict

    path = run / "spec.lock.json"
    if not path.is_file():
        return frozenset()
    clauses = spec_from_dict(read_json(path)).clauses
    return frozenset(clause.id for clause in clauses if clause.kind is Kind.HARD_LIMIT)


def _version(run: Path, judge: str = "") -> Version:
    """What the run was made from and who judged it, as far as it says."""
    from soulwright.runs import hash_file, read_json
    from soulwright.spec import spec_from_dict
    from soulwright.verify import Version

    lock, weights = run / "spec.lock.json", run / "model" / "model.safetensors"
    spec = spec_from_dict(read_json(lock)) if lock.is_file() else None
    return Version(
        name=run.name,
        document=f"{spec.name} {spec.version} {spec.hash[:12]}" if spec else "",
        model=hash_file(weights)[:12] if weights.is_file() else "",
        judge=(judge or _judge_of(run))[:12],
    )


def _judge_of(run: Path) -> str:
    """The fingerprint of a run's judge, from its gap; nothing where it does not say."""
    from soulwright.errors import CorruptRun
    from soulwright.runs import read_json

    try:
        gap = read_json(run / "gap.json")
    except (CorruptRun, FileNotFoundError):
        return ""
    manifest = gap.get("manifest") if isinstance(gap, dict) else None
    hashes = manifest.get("hashes") if isinstance(manifest, dict) else None
    return str(hashes.get("judge") or hashes.get("world") or "") if isinstance(hashes, dict) else ""
