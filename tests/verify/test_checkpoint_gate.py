"""The gate of a checkpoint: what was not shown to be kept does not count as kept."""

from __future__ import annotations

import json

import pytest

from soulwright.verify import GateItem, GateState, Kept, Verdict, gate_checkpoint, gate_to_dict

PASS, FAIL = Verdict.PASS, Verdict.FAIL


def items(kept: Kept, *, both: int = 0, lost: int = 0, gained: int = 0) -> list[GateItem]:
    pairs = [(PASS, PASS)] * both + [(PASS, FAIL)] * lost + [(FAIL, PASS)] * gained
    return [
        GateItem(id=f"{kept}/{number}", kept=kept, before=before, after=after)
        for number, (before, after) in enumerate(pairs)
    ]


def test_a_checkpoint_that_lost_nothing_on_enough_items_is_good() -> None:
    asked = items(Kept.CAPABILITY, both=200) + items(Kept.HELPFULNESS, both=200)
    assert gate_checkpoint(asked, margin=0.05).state is GateState.GOOD


def test_the_same_on_few_items_is_not_shown() -> None:
    asked = items(Kept.CAPABILITY, both=200) + items(Kept.HELPFULNESS, both=20)
    assert gate_checkpoint(asked, margin=0.05).state is GateState.NOT_SHOWN


def test_a_kind_that_was_not_asked_is_not_shown_however_well_the_other_did() -> None:
    assert gate_checkpoint(items(Kept.CAPABILITY, both=2000), margin=0.05).state is GateState.NOT_SHOWN
    assert gate_checkpoint([], margin=0.05).state is GateState.NOT_SHOWN


@pytest.mark.parametrize("kept", list(Kept))
def test_a_certain_loss_of_either_kind_shuts_the_gate_and_names_the_items(kept: Kept) -> None:
    other = next(one for one in Kept if one is not kept)
    gate = gate_checkpoint(items(other, both=300) + items(kept, both=160, lost=40), margin=0.05)
    assert gate.state is GateState.WORSE
    assert len(gate.lost) == 40


def test_a_small_loss_within_the_margin_is_good_also_where_it_is_certain() -> None:
    asked = items(Kept.CAPABILITY, both=1980, lost=20) + items(Kept.HELPFULNESS, both=300)
    gate = gate_checkpoint(asked, margin=0.05)
    assert gate.figures[0].p < 0.05
    assert gate.state is GateState.GOOD
    assert gate_checkpoint(asked, margin=0.01).state is GateState.WORSE


def test_a_reply_that_the_judge_cannot_read_is_no_pass_after_and_none_to_lose_before() -> None:
    unclear = [GateItem(id="1", kept=Kept.CAPABILITY, before=PASS, after=Verdict.UNCLEAR)]
    assert gate_checkpoint(unclear, margin=0.05).lost == ("1",)


def test_a_margin_that_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="no margin"):
        gate_checkpoint([], margin=1.0)


def test_a_gate_is_plain_json() -> None:
    gate = gate_checkpoint(items(Kept.CAPABILITY, both=9, lost=1), margin=0.05)
    plain = json.loads(json.dumps(gate_to_dict(gate), allow_nan=False))
    assert plain["state"] == "not_shown"
    assert plain["figures"][0]["lost"] == 1
