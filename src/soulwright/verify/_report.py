"""The report for people: one HTML file that needs no network, no server and no other file.

Everything that comes from a document or a model is hostile until shown otherwise: the template escapes all of it, the
transcripts are inert JSON that the page turns into text nodes, and a content security policy lets only the page's own
script run (by its hash) and nothing load.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from soulwright.situations import Pressure, RowGroup, Suite
from soulwright.spec import Spec
from soulwright.verify import _pictures as pictures
from soulwright.verify._findings import FindingState
from soulwright.verify._front_page import render_front_page
from soulwright.verify._gap import GROUP_ORDER, ConflictGap, Gap, GroupGap, Measure, RowGap
from soulwright.verify._html import asset, template
from soulwright.verify._judged import Arm, Judged
from soulwright.verify._know_do_page import render_know_do
from soulwright.verify._measured_page import render_measured
from soulwright.verify._statistics import Interval, Rate, RatioState
from soulwright.verify._transcripts import PER_CELL, script_json, transcripts_json

GROUP_NAMES = {
    RowGroup.CLAUSE: "Clauses",
    RowGroup.CONFLICT: "Priorities in conflict",
    RowGroup.NAME_ONLY: "Dangerous, known by name only",
    RowGroup.TWIN: "Look-alikes that must be helped with",
    RowGroup.BENIGN: "Ordinary tasks",
}
SUITE_NAMES = {
    Suite.SEEN: "Seen",
    Suite.TOPICS: "New topics",
    Suite.WORDINGS: "New wording",
    Suite.COMBINATIONS: "New mix",
    Suite.LONG: "Long talk",
    Suite.ALL: "All at once",
}
PRESSURE_NAMES = {
    Pressure.NONE: "None",
    Pressure.ARGUMENT: "Argument",
    Pressure.AUTHORITY: "Authority claim",
    Pressure.ROLE_PLAY: "Role-play",
    Pressure.URGENCY: "Urgency",
    Pressure.GRADUAL: "Step by step",
}
STATE_NAMES = {
    FindingState.PASS: "PASS",
    FindingState.FAIL: "FAIL",
    FindingState.NOT_PROVEN: "NOT PROVEN",
    FindingState.CLAUSE_UNCLEAR: "CLAUSE UNCLEAR",
    FindingState.NOT_TESTED: "NOT TESTED",
    FindingState.INVALID: "INVALID",
}
STATE_MARKS = {
    FindingState.PASS: "✓",
    FindingState.FAIL: "✕",
    FindingState.NOT_PROVEN: "?",
    FindingState.CLAUSE_UNCLEAR: "≈",
    FindingState.NOT_TESTED: pictures.DASH,
    FindingState.INVALID: "!",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One square of a heat map, and which transcripts stand behind it."""

    rate: Rate
    arm: Arm
    where: str
    suite: str = ""
    pressure: str = ""

    @property
    def total(self) -> int:
        """How many situations stand behind the cell, judged or not."""
        return self.rate.n + self.rate.unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One line of a heat map: the same cells before and after."""

    index: int
    row: RowGap
    before: tuple[HeatCell, ...]
    after: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The rows of one group under one heading."""

    name: str
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One large number, with where it started and what it rests on."""

    label: str
    value: str
    interval: str
    before: str
    note: str


def render_report(gap: Gap, judged: Sequence[Judged], spec: Spec) -> str:
    """The report as one self-contained HTML document: `path.write_text(render_report(gap, judged, spec))`."""
    script = asset("report.js")
    rows = {row.row: index for index, row in enumerate(gap.rows)}
    front = render_front_page(gap)
    return template("report").render(
        gap=gap,
        spec=spec,
        style=asset("report.css") + asset("know_do.css") + asset("measured.css") + front.style,
        front=front,
        know_do=render_know_do(gap.know_do),
        measured=render_measured(
            gap.measured,
            target=gap.manifest.settings.get("target", ""),
            spec=f"{gap.spec_name} {gap.spec_version}",
        ),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        transcripts=transcripts_json(judged, rows, document=spec.text.strip()),
        sentences=script_json(_sentences(gap)),
        per_cell=PER_CELL,
        headlines=_headlines(gap),
        states=[(state, gap.states[state.value]) for state in FindingState if gap.states[state.value]],
        state_names=STATE_NAMES,
        state_marks=STATE_MARKS,
        labels=_labels(gap),
        suites=list(SUITE_NAMES.values()),
        pressures=list(PRESSURE_NAMES.values()),
        heat=_suite_blocks(gap),
        dumbbells=_dumbbells(gap),
        pressure_blocks=_pressure_blocks(gap),
        tested=[clause for clause in gap.clauses if clause.state is not FindingState.NOT_TESTED],
        untested=[clause for clause in gap.clauses if clause.state is FindingState.NOT_TESTED],
        rows={row.row: row for row in gap.rows},
        row_index=rows,
        matrix=_matrix(gap, spec),
        cells=[row for row in gap.rows if row.internalisation.base_with_spec.n],
        loss=pictures.loss_picture(gap.loss_curve),
        defined=RatioState.DEFINED,
        undefined=RatioState.UNDEFINED,
    )


def _sentences(gap: Gap) -> list[dict[str, object]]:
    clauses = {clause.clause_id: clause for clause in gap.clauses}
    entries: list[dict[str, object]] = []
    for row in gap.rows:
        named = dict.fromkeys(([row.clause_id] if row.clause_id else []) + list(row.clause_ids))
        told = [clauses[name] for name in named if name in clauses]
        entries.append({"row": row.row, "clauses": [[c.clause_id, c.line, c.text] for c in told]})
    return entries


def _headlines(gap: Gap) -> list[Headline]:
    figures = [
        _mean_headline(gap.group(RowGroup.CLAUSE), "Clauses hold"),
        _mean_headline(gap.group(RowGroup.NAME_ONLY), "Dangers refused"),
        _mean_headline(gap.group(RowGroup.TWIN), "Look-alikes helped with"),
        _mean_headline(gap.group(RowGroup.BENIGN), "Ordinary tasks done"),
        _mean_headline(gap.group(RowGroup.CONFLICT), "Higher priority wins"),
        _internalised(gap),
    ]
    return [figure for figure in figures if figure is not None]


def _mean_headline(group: GroupGap | None, label: str) -> Headline | None:
    if group is None or group.mean_after is None:
        return None
    mean, before = group.mean_after, group.mean_before
    many = f"mean of {mean.rows} rows, " if mean.rows > 1 else ""
    interval = mean.interval if mean.rows > 1 else group.after.interval
    return Headline(
        label=label,
        value=f"{pictures.percent(mean.value)} %",
        interval=f"{pictures.span(interval)} %",
        before=f"{pictures.percent(before.value)} % before" if before else "not measured before",
        note=f"{many}n = {mean.n}",
    )


def _internalised(gap: Gap) -> Headline | None:
    ratio = gap.internalisation.ratio
    if ratio.state is RatioState.NOT_TESTED:
        return None
    if ratio.value is None or ratio.interval is None:
        return Headline(
            label="Internalisation", value="undefined", interval="", before=ratio.reason, note="see the four cells"
        )
    return Headline(
        label="Internalisation",
        value=f"{ratio.value:.2f}",
        interval=f"{ratio.interval.low:.2f}{pictures.DASH}{ratio.interval.high:.2f}",
        before="1.00 = as if the document stood in the prompt",
        note=f"n = {gap.internalisation.trained.n}",
    )


def _suite_blocks(gap: Gap) -> list[Block]:
    def line(index: int, row: RowGap) -> HeatRow:
        measures = [(name, suite.value, row.by_suite.get(suite.value)) for suite, name in SUITE_NAMES.items()]
        before, after = (
            tuple(
                HeatCell(rate=_rate(measure, arm), arm=arm, where=name, suite=suite)
                for name, suite, measure in measures
            )
            for arm in Arm
        )
        return HeatRow(index=index, row=row, before=before, after=after)

    return _blocks(gap, line)


def _pressure_blocks(gap: Gap) -> list[Block]:
    def line(index: int, row: RowGap) -> HeatRow | None:
        if not set(row.by_pressure) - {Pressure.NONE.value}:
            return None
        measures = [(name, p.value, row.by_pressure.get(p.value)) for p, name in PRESSURE_NAMES.items()]
        before, after = (
            tuple(
                HeatCell(rate=_rate(measure, arm), arm=arm, where=name, pressure=pressure)
                for name, pressure, measure in measures
            )
            for arm in Arm
        )
        return HeatRow(index=index, row=row, before=before, after=after)

    return _blocks(gap, line)


_NOTHING = Rate(passed=0, n=0, interval=Interval(low=0.0, high=1.0))


def _rate(measure: Measure | None, arm: Arm) -> Rate:
    if measure is None:
        return _NOTHING
    return measure.before if arm is Arm.BASE else measure.after


def _blocks(gap: Gap, line: Callable[[int, RowGap], HeatRow | None]) -> list[Block]:
    blocks = []
    for group in GROUP_ORDER:
        drawn = (line(index, row) for index, row in enumerate(gap.rows) if row.group is group)
        rows = tuple(row for row in drawn if row is not None)
        if rows:
            blocks.append(Block(name=GROUP_NAMES[group], rows=rows))
    return blocks


def _dumbbells(gap: Gap) -> list[tuple[str, list[tuple[int, RowGap]]]]:
    blocks = []
    for group in GROUP_ORDER:
        rows = [(index, row) for index, row in enumerate(gap.rows) if row.group is group and row.held_out.after.n]
        if rows:
            blocks.append((GROUP_NAMES[group], sorted(rows, key=lambda item: item[1].held_out.after.value or 0.0)))
    return blocks


def _matrix(gap: Gap, spec: Spec) -> list[tuple[str, list[ConflictGap | None]]]:
    pairs = {(conflict.higher, conflict.lower): conflict for conflict in gap.conflicts}
    ids = [clause.id for clause in spec.priorities]
    return [(higher, [pairs.get((higher, lower)) for lower in ids]) for higher in ids]


def _labels(gap: Gap) -> dict[str, str]:
    pairs = {c.row: f"{_short(c.higher)} over {_short(c.lower)}" for c in gap.conflicts if c.row is not None}
    return {row.row: pairs.get(row.row, row.row) for row in gap.rows}


def _short(clause_id: str) -> str:
    return clause_id.rsplit(".", 1)[-1]
