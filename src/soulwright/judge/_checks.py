"""What of a case is decidable without a judge: claims that a program reads, and replies that are none.

    contains: TEXT        the reply holds these words (upper and lower case alike)
    matches: REGEX        some part of it matches, as Python's `re` reads it, over lines, upper and lower case alike
    at most: 50 words     or `characters`, `lines`, `sentences`; `at least:` likewise
    is JSON               the whole reply is one value of JSON

As a `must` the claim has to hold, as a `must_not` it may not. A case of which every claim is of these forms is
decided here, and no judge is asked; where others stand beside them, a broken one fails the reply and the rest goes to
the judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache

from soulwright.errors import InputError
from soulwright.situations import Situation
from soulwright.verify import Grade, Verdict

_FORM = re.compile(
    r"(?P<form>contains|matches|at most|at least):\s*(?P<what>.+)|(?P<json>is JSON)", re.IGNORECASE | re.DOTALL
)
_SIZE = re.compile(r"(?P<count>\d+)\s+(?P<unit>words?|characters?|lines?|sentences?)", re.IGNORECASE)
_UNITS: dict[str, Callable[[str], int]] = {
    "word": lambda text: len(text.split()),
    "character": len,
    "line": lambda text: len([line for line in text.splitlines() if line.strip()]),
    "sentence": lambda text: len([part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]),
}


@lru_cache(maxsize=4096)
def read_check(claim: str) -> Callable[[str], bool] | None:
    """What decides the claim, or None where only a judge can; InputError for a known form that is wrongly filled."""
    found = _FORM.fullmatch(claim.strip())
    if found is None:
        return None
    if found["json"]:
        return _is_json
    form, what = found["form"].lower(), found["what"].strip()
    if form == "contains":
        return lambda reply: " ".join(what.casefold().split()) in " ".join(reply.casefold().split())
    if form == "matches":
        return _matcher(claim, what)
    size = _SIZE.fullmatch(what)
    if size is None:
        remedy = "write a number and `words`, `characters`, `lines` or `sentences`, as in `at most: 50 words`"
        raise InputError(f"the claim `{claim}` names no size", help=remedy)
    count, measure = int(size["count"]), _UNITS[size["unit"].lower().rstrip("s")]
    if form == "at most":
        return lambda reply: measure(reply) <= count
    return lambda reply: measure(reply) >= count


def decided(situation: Situation, reply: str) -> Grade | None:
    """The verdict where no judge is needed, else None. An empty reply holds nothing: it is INVALID."""
    if not reply.strip():
        return Grade(verdict=Verdict.INVALID, why="the reply is empty")
    checks = [(claim, read_check(claim), True) for claim in situation.must]
    checks += [(claim, read_check(claim), False) for claim in situation.must_not]
    for claim, check, wanted in checks:
        if check is not None and check(reply) is not wanted:
            word = "must, but does not" if wanted else "must not, but does"
            return Grade(verdict=Verdict.FAIL, why=f"{word}: {claim} (decided by a program)")
    if checks and all(check is not None for _, check, _ in checks):
        return Grade(verdict=Verdict.PASS, why="every claim holds (decided by a program)")
    return None


def _matcher(claim: str, pattern: str) -> Callable[[str], bool]:
    try:
        compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    except re.error as error:
        raise InputError(f"the claim `{claim}` is no regular expression: {error}", help="mend the pattern") from error
    return lambda reply: compiled.search(reply) is not None


def _is_json(reply: str) -> bool:
    try:
        json.loads(reply)
    except ValueError:
        return False
    return True
