"""Specifications: from markdown to typed clauses that know where they stand in the source.

`compile_spec` and `load_spec` read a document, `spec_to_dict` and `spec_from_dict` carry the result through JSON, and
`without`, `with_attribute` and `swapped` edit a document clause by clause.
"""

from __future__ import annotations

from soulwright.spec._clauses import Clause, Example, Kind, Polarity, Span, Spec
from soulwright.spec._compile import compile_spec, load_spec
from soulwright.spec._edit import swapped, with_attribute, without
from soulwright.spec._lock import spec_from_dict, spec_to_dict
from soulwright.spec._mistakes import SpecErrors

__all__ = [
    "Clause",
    "Example",
    "Kind",
    "Polarity",
    "Span",
    "Spec",
    "SpecErrors",
    "compile_spec",
    "load_spec",
    "spec_from_dict",
    "spec_to_dict",
    "swapped",
    "with_attribute",
    "without",
]
