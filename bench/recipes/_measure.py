"""One measurement for all: the held-out situations of the product, greedy replies, the world's judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from soulwright.cli._pipeline import MAX_REPLY  # the length that the product itself measures at
from soulwright.organism import Judge, make_situations
from soulwright.situations import RowGroup, Situation, Suite
from soulwright.spec import Spec
from soulwright.verify import Mean, Rate, Verdict, mean_of_rates, rate_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a model does in the held-out situations: every row, the mean of the rows of a group, and its fluency."""

    rows: dict[str, Rate]
    groups: dict[str, Mean]
    pooled: dict[str, Rate]
    fluent: Rate

    def mean(self, group: RowGroup) -> float | None:
        """The unweighted mean of the group's rows; None where the document has none."""
        found = self.groups.get(group.value)
        return None if found is None else found.value


def held_out(spec: Spec, *, seed: int, per_row: int) -> list[Situation]:
    """The product's situations that were never taught."""
    return make_situations(spec, seed=seed, per_row=per_row, suites=[suite for suite in Suite if suite.held_out])


def reply_to(model: Path, situations: Sequence[Situation]) -> list[str]:
    """The model's replies, with nothing of the document in the prompt."""
    from soulwright.models import LocalModel

    asked = [situation.messages for situation in situations]
    return [reply.text for reply in LocalModel(model).replies(asked, max_new_tokens=MAX_REPLY)]


def figures_of(situations: Sequence[Situation], replies: Sequence[str], judge: Judge) -> Figures:
    """Judge the replies and count. Fluent is what the judge does not call garbled or outside the world."""
    verdicts = [judge.grade(situation, reply).verdict for situation, reply in zip(situations, replies, strict=True)]
    by_row: dict[tuple[RowGroup, str], list[Verdict]] = {}
    for situation, verdict in zip(situations, verdicts, strict=True):
        by_row.setdefault((situation.group, situation.row), []).append(verdict)
    groups: dict[str, Mean] = {}
    pooled: dict[str, Rate] = {}
    for group in RowGroup:
        rows = [found for (of, _), found in by_row.items() if of is group]
        mean = mean_of_rates([rate_of(row) for row in rows])
        if mean is not None:
            groups[group.value] = mean
            pooled[group.value] = rate_of(verdict for row in rows for verdict in row)
    return Figures(
        rows={row: rate_of(found) for (_, row), found in by_row.items()},
        groups=groups,
        pooled=pooled,
        fluent=rate_of(Verdict.FAIL if verdict is Verdict.INVALID else Verdict.PASS for verdict in verdicts),
    )
