"""Two versions of a document compared by meaning: what is asked now that was not, and who may change what."""

from __future__ import annotations

from soulwright.spec.diff._change import Bump, Change, ChangeKind, Part, Side, SpecDiff, Tally, Verdict, Word, WordSort
from soulwright.spec.diff._compare import diff_specs
from soulwright.spec.diff._json import diff_to_dict

__all__ = [
    "Bump",
    "Change",
    "ChangeKind",
    "Part",
    "Side",
    "SpecDiff",
    "Tally",
    "Verdict",
    "Word",
    "WordSort",
    "diff_specs",
    "diff_to_dict",
]
