"""The version that a change asks for, and what is said where the declared one is too low."""

from __future__ import annotations

import pytest

from soulwright.spec.diff import Bump
from soulwright.spec.diff._change import Edition
from soulwright.spec.diff._versions import declared_bump, next_version, same_version, version_verdicts


def edition(version: str, text: str = "a") -> Edition:
    return Edition(name="x", version=version, source="x.md", hash=text)


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [
        ("1.2.3", "2.0.0", Bump.MAJOR),
        ("1.2.3", "1.3.0", Bump.MINOR),
        ("1.2.3", "1.2.4", Bump.PATCH),
        ("1.2.3", "1.2.3", Bump.NONE),
        ("1.2.3", "1.2.2", Bump.NONE),
        ("0.2.0", "0.3.0", Bump.MAJOR),
        ("0.2.0", "0.2.1", Bump.MINOR),
        ("1.9", "1.10", Bump.MINOR),
        ("2025-04-11", "v2025.09.12", Bump.MAJOR),
        ("2025-04-11", "2025-04-11", Bump.NONE),
        ("2025-04-11", "1.0.0", None),
        ("first light", "second light", None),
    ],
)
def test_a_step_between_versions_has_a_size(old: str, new: str, bump: Bump | None) -> None:
    assert declared_bump(old, new) is bump


def test_a_step_that_is_too_small_is_an_error_that_names_the_version_to_declare() -> None:
    (verdict,) = version_verdicts(edition("1.2.3"), edition("1.2.4", "b"), Bump.MAJOR)
    assert (verdict.rule, verdict.error) == ("SW312", True)
    assert verdict.message == "from `1.2.3` to `1.2.4` is a patch step, and the change is major"
    assert verdict.help.endswith("declare at least `2.0.0`")


def test_a_released_version_that_changed_is_an_error() -> None:
    (verdict,) = version_verdicts(edition("1.2.3"), edition("1.2.3", "b"), Bump.PATCH)
    assert (verdict.rule, verdict.error) == ("SW009", True)


def test_the_same_text_under_the_same_version_is_fine() -> None:
    assert version_verdicts(edition("1.2.3"), edition("1.2.3"), Bump.NONE) == ()


def test_a_version_that_goes_back_is_an_error() -> None:
    (verdict,) = version_verdicts(edition("1.2.3"), edition("1.2.2", "b"), Bump.PATCH)
    assert verdict.message == "version `1.2.2` is older than `1.2.3`"


def test_a_big_enough_step_or_no_declared_version_is_no_finding() -> None:
    assert version_verdicts(edition("1.2.3"), edition("2.0.0", "b"), Bump.MAJOR) == ()
    assert version_verdicts(edition(""), edition("", "b"), Bump.MAJOR) == ()


def test_below_one_a_number_counts_one_place_higher() -> None:
    assert next_version("0.2.3", Bump.MAJOR) == "0.3.0"
    assert next_version("0.2.3", Bump.MINOR) == "0.2.4"
    assert next_version("1.2.3", Bump.MINOR) == "1.3.0"


def test_one_version_may_be_written_in_several_ways() -> None:
    assert same_version("v2025.04.11", "2025-04-11")
    assert same_version("1.2", "v1.2.0")
    assert not same_version("1.2.0", "1.2.1")
