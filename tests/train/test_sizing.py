"""What a document costs is arithmetic: it can be redone by hand, and the page is what the command writes."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from soulwright.errors import InputError
from soulwright.train import ORGANISM, Assumptions, assumption_rows, sizing, tokens_per_second
from soulwright.train._sizing import SOURCES, adapter_parameters

PLAIN = Assumptions(
    documents=1, document_tokens=1000, demonstrations=1, demonstration_tokens=500, pairs=1, flops=1e12, busy=1.0
)


def test_training_all_weights_costs_six_operations_a_parameter_and_token_and_two_more_for_a_reference() -> None:
    found = sizing(1e9, 10, full=True, given=PLAIN)
    learned, preferred = 10 * 1500, 10 * 2 * 500
    assert found.trained_tokens == learned + preferred
    assert found.training_hours * 3600 == pytest.approx((6 * (learned + preferred) + 2 * preferred) * 1e9 / 1e12)


def test_an_adapter_costs_four() -> None:
    learned, preferred = 10 * 1500, 10 * 2 * 500
    found = sizing(1e9, 10, given=PLAIN)
    assert found.training_hours * 3600 == pytest.approx((4 * (learned + preferred) + 2 * preferred) * 1e9 / 1e12)


def test_twice_the_clauses_cost_twice_the_calls_and_twice_the_parameters_twice_the_hours() -> None:
    one = sizing(1e9, 50)
    assert sizing(1e9, 100).teacher_calls == pytest.approx(2 * one.teacher_calls, abs=1)
    assert sizing(2e9, 50).gpu_hours == pytest.approx(2 * one.gpu_hours)


def test_teaching_more_than_is_kept_costs_more_calls() -> None:
    half = sizing(1e9, 50, given=replace(Assumptions(), kept=0.4))
    assert half.teacher_calls == pytest.approx(2 * sizing(1e9, 50).teacher_calls, abs=1)


def test_all_weights_of_a_large_model_need_more_gpus_than_an_adapter() -> None:
    assert sizing(70e9, 50, full=True).least_gpus > sizing(70e9, 50).least_gpus > 1
    assert sizing(1e9, 50).least_gpus == 1


def test_the_adapter_of_a_known_model_is_counted_within_a_fifth() -> None:
    assert adapter_parameters(8.03e9, 64) == pytest.approx(167_772_160, rel=0.2)  # Llama 3.1 8B, all linear layers


def test_a_model_that_reads_its_weights_once_a_step_writes_a_batch_of_tokens_each_time() -> None:
    given = Assumptions(bandwidth=4e12, bandwidth_used=0.5, batch=10)
    assert tokens_per_second(1e9, given) == pytest.approx(10 * 2e12 / 2e9)


@pytest.mark.parametrize(("parameters", "clauses"), [(0, 50), (1e9, 0), (-1, 5)])
def test_no_parameters_and_no_clauses_are_refused(parameters: float, clauses: int) -> None:
    with pytest.raises(InputError, match="parameters and"):
        sizing(parameters, clauses)


def test_every_assumption_says_where_it_comes_from() -> None:
    assert {one.name for one in fields(Assumptions)} == set(SOURCES)
    assert all(source for _, _, source in assumption_rows())


def test_the_organism_that_was_measured_is_the_one_that_is_shipped() -> None:
    from safetensors import safe_open

    from soulwright.organism import BASE

    with safe_open(BASE / "model.safetensors", framework="pt") as tensors:
        sizes = [tensors.get_slice(name).get_shape() for name in tensors.keys()]  # noqa: SIM118 - it is no mapping
    counted = 0
    for shape in sizes:
        size = 1
        for side in shape:
            size *= side
        counted += size
    assert counted == ORGANISM.parameters
