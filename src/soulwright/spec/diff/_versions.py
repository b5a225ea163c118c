"""Which version number a change asks for, and whether the declared one is enough."""

from __future__ import annotations

import re
from dataclasses import dataclass

from soulwright.spec.diff._change import Bump, Edition, Verdict

_SEMANTIC = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?\Z")
_DATED = re.compile(r"v?(\d{4})[.\-](\d{1,2})[.\-](\d{1,2})\Z")
_DATE = re.compile(r"\d{4}[.\-]\d{2}[.\-]\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    numbers: tuple[int, int, int]
    dated: bool


def declared_bump(old: str, new: str) -> Bump | None:
    """What the two declared versions say has changed; None where they cannot be compared.

    A newer date is a new version of any size. Below 1.0.0 a number counts one place higher, as package managers read
    it: from 0.3 to 0.4 anything may change.

    >>> declared_bump("1.2.0", "1.3.0"), declared_bump("0.2.0", "0.3.0"), declared_bump("2025-04-11", "2025.09.12")
    (<Bump.MINOR: 2>, <Bump.MAJOR: 3>, <Bump.MAJOR: 3>)
    """
    before, after = _read(old), _read(new)
    if before is None or after is None or before.dated != after.dated:
        return None
    if after.numbers <= before.numbers:
        return Bump.NONE
    if before.dated or after.numbers[0] > before.numbers[0]:
        return Bump.MAJOR
    early = before.numbers[0] == 0
    if after.numbers[1] > before.numbers[1]:
        return Bump.MAJOR if early else Bump.MINOR
    return Bump.MINOR if early else Bump.PATCH


def date_in(path: str) -> str:
    """The date in the name of a file or of its folder, which published documents go by; else nothing.

    >>> date_in("specs/2025-04-11/model_spec.md")
    '2025-04-11'
    """
    for part in path.replace("\\", "/").split("/")[-1:-3:-1]:
        if match := _DATE.search(part):
            return match[0]
    return ""


def version_verdicts(old: Edition, new: Edition, required: Bump) -> tuple[Verdict, ...]:
    """What is wrong with the declared version, if anything."""
    if old.hash == new.hash or not old.version or not new.version:
        return ()
    if old.version == new.version:
        return (
            Verdict(
                rule="SW009",
                name="released-version-mutated",
                error=True,
                message=f"version `{new.version}` is declared by two texts that differ",
                help=f"declare a new version: this change asks for at least a {required.word} one",
            ),
        )
    declared = declared_bump(old.version, new.version)
    if declared is None or declared >= required:
        return ()
    if declared is Bump.NONE:
        message, remedy = f"version `{new.version}` is older than `{old.version}`", "swap the two documents, or"
    else:
        message = (
            f"from `{old.version}` to `{new.version}` is a {declared.word} step, and the change is {required.word}"
        )
        remedy = "read the changes that ask for it, and"
    return (
        Verdict(
            rule="SW312",
            name="bump-too-small",
            error=True,
            message=message,
            help=f"{remedy} declare at least `{next_version(old.version, required)}`",
        ),
    )


def next_version(old: str, bump: Bump) -> str:
    """The lowest version that is `bump` above `old`; a dated one stays for a person to choose."""
    before = _read(old)
    if before is None or before.dated:
        return "a later date"
    major, minor, patch = before.numbers
    if major == 0:
        bump = Bump(max(Bump.PATCH, bump - 1))
    if bump is Bump.MAJOR:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if bump is Bump.MINOR else f"{major}.{minor}.{patch + 1}"


def same_version(one: str, other: str) -> bool:
    """Whether two labels name one version: `v2025.04.11` and `2025-04-11` do."""
    first, second = _read(one), _read(other)
    return one == other if first is None or second is None else first == second


def newer(one: str, other: str) -> bool | None:
    """Whether `one` is above `other`; None where they cannot be compared."""
    bump = declared_bump(other, one)
    return None if bump is None else bump is not Bump.NONE


def _read(version: str) -> _Version | None:
    if dated := _DATED.match(version.strip()):
        return _Version(numbers=(int(dated[1]), int(dated[2]), int(dated[3])), dated=True)
    if semantic := _SEMANTIC.match(version.strip()):
        return _Version(numbers=(int(semantic[1]), int(semantic[2]), int(semantic[3] or 0)), dated=False)
    return None
