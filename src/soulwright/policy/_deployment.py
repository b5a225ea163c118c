"""What an operator and a user bring: the whole input of a ruling besides the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What one operator has agreed to, attested, set, lent to users and fixed.

    `agreements` and `attestations` hold the words that `requires=` of a clause asks for. `settings` maps behaviours to
    values. Users may adjust the behaviours in `grants` as far as the operator may, and none of those in `locked`.
    """

    operator: str = ""
    agreements: frozenset[str] = frozenset()
    attestations: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    grants: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAdjustments:
    """What one user asked for: behaviours and the values wanted for them."""

    settings: Mapping[str, str] = field(default_factory=dict)
