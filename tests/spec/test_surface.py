"""What the room offers is pinned: it may only change on purpose."""

from __future__ import annotations

import soulwright.spec


def test_the_spec_room_offers_exactly_these_names() -> None:
    assert soulwright.spec.__all__ == [
        *("Clause", "Example", "Kind", "Polarity", "Span", "Spec", "SpecErrors"),
        *("compile_spec", "load_spec", "spec_from_dict", "spec_to_dict", "swapped", "with_attribute", "without"),
    ]
