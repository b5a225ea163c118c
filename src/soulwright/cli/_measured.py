"""The measures of a run in its gap.json and its report: read where they are kept, placed where a report stands."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from soulwright.errors import InputError
from soulwright.runs import Run, read_json, write_json, write_text_atomic
from soulwright.verify import Measured, measured_from_dict, place_measured, render_measured


def measured_in(run: Run) -> tuple[Measured, ...]:
    """Every measure that was taken into this run, by name."""
    kept = sorted((run.path / "measures").glob("*/result.json"))
    return tuple(
        measured_from_dict(_object(path), page=f"measures/{path.parent.name}/report.html", source=str(path))
        for path in kept
    )


def show_measured(run: Run) -> bool:
    """Put the measures of a verified run into its gap.json and report.html; False where it has neither.

    Nothing else in them changes, and nothing is counted or asked anew.
    """
    if not (run.gap.is_file() and run.report.is_file()):
        return False
    gap, measured = _object(run.gap), measured_in(run)
    target = str(gap.get("manifest", {}).get("settings", {}).get("target", ""))
    section = render_measured(measured, target=target, spec=f"{gap.get('spec_name')} {gap.get('spec_version')}")
    page = place_measured(run.report.read_text(encoding="utf-8"), section)
    if page is None:
        return False
    write_json(run.gap, {**gap, "measured": [asdict(one) for one in measured]})
    write_text_atomic(run.report, page)
    return True


def _object(path: Path) -> dict[str, Any]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise InputError(
            "is not what was written here: no object", source=str(path), help="remove it, and run it again"
        )
    return value
