"""A ruling written down: pinned to what it was made from, and replayable by anybody, without this program.

The value of every behaviour is what its last applied step wanted. So a record can be checked offline by reading its
steps (`replay`); with the document, the deployment and the user's wishes at hand it can be made again (`differences`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

from soulwright.errors import InputError
from soulwright.policy._decide import RESOLVER
from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._read import hash_of
from soulwright.policy._resolve import resolve
from soulwright.policy._ruling import Decision, Outcome, Rejection, Ruling, Step
from soulwright.spec import Spec

FORMAT = "soulwright/ruling/1"
_HELP = "write one with `soulwright explain SPEC --deployment FILE --json`"


def pins_of(spec: Spec, deployment: Deployment, user: UserAdjustments) -> dict[str, str]:
    """The hashes of everything that a ruling depends on; equal pins mean an equal ruling."""
    texts = [spec.hash, *(hashlib.sha256(parent.text.encode()).hexdigest() for parent in spec.parents)]
    together = texts[0] if len(texts) == 1 else hashlib.sha256(" ".join(texts).encode()).hexdigest()
    return {"spec": together, "deployment": hash_of(deployment), "user": hash_of(user), "resolver": RESOLVER}


def record(spec: Spec, deployment: Deployment, user: UserAdjustments) -> dict[str, object]:
    """The whole ruling as JSON values, with its pins and where each clause stands."""
    ruling = resolve(spec, deployment, user)
    return {
        "format": FORMAT,
        "spec": {"name": spec.name, "version": spec.version, "source": spec.source},
        "operator": deployment.operator,
        "pins": pins_of(spec, deployment, user),
        "decisions": {name: decision_to_dict(decision) for name, decision in ruling.decisions.items()},
        "rejected": [rejection_to_dict(rejection) for rejection in ruling.rejected],
    }


def decision_to_dict(decision: Decision) -> dict[str, object]:
    """One decision as JSON values."""
    return {
        "value": decision.value,
        "decided_by": decision.decided_by,
        "responsible": decision.responsible.value,
        "clause": decision.clause_id,
        "trace": [_step_to_dict(step) for step in decision.trace],
    }


def rejection_to_dict(rejection: Rejection) -> dict[str, object]:
    """One refusal as JSON values."""
    return {
        "level": rejection.level,
        "behaviour": rejection.behaviour,
        "wanted": rejection.wanted,
        "code": rejection.code.value,
        "reason": rejection.reason,
        "clause": rejection.clause_id,
    }


def replay(document: object, *, source: str = "<record>") -> Mapping[str, str]:
    """The value of every behaviour, from the steps alone.

    Raises `InputError` where `document` is no record, or where the steps of a behaviour lead to another value than it
    says.
    """
    values: dict[str, str] = {}
    for name, decision in _decisions(document, source).items():
        applied = [step for step in _steps(decision, name, source) if step.get("outcome") == Outcome.APPLIED.value]
        last = applied[-1] if applied else {}
        if (last.get("wanted"), last.get("level")) != (decision.get("value"), decision.get("decided_by")):
            raise InputError(
                f"the steps of `{name}` do not lead to `{decision.get('value')}`",
                source=source,
                help="the record was changed since it was written; make it again",
            )
        values[name] = str(decision["value"])
    return values


def differences(
    document: object, spec: Spec, deployment: Deployment, user: UserAdjustments, *, source: str = "<record>"
) -> tuple[str, ...]:
    """What of a record does not come out again with this document, deployment and user, in words; empty where all does.

    Raises `InputError` as `replay` does.
    """
    values = replay(document, source=source)
    written = cast("Mapping[str, Any]", document)
    found = [
        f"it was made with another {what}: {written.get('pins', {}).get(what, 'none')}, not {pin}"
        for what, pin in pins_of(spec, deployment, user).items()
        if written.get("pins", {}).get(what) != pin
    ]
    return (*found, *_changed(values, written, resolve(spec, deployment, user)))


def _changed(values: Mapping[str, str], written: Mapping[str, Any], ruling: Ruling) -> Iterator[str]:
    for name in sorted(values.keys() | ruling.decisions.keys()):
        now, then = ruling.value(name), values.get(name)
        if now != then:
            yield f"`{name}` was `{then or 'unknown'}` and is `{now or 'unknown'}`"
        elif decision_to_dict(ruling.decisions[name]) != written["decisions"][name]:
            yield f"`{name}` is `{now}` as before, for other reasons"


def _step_to_dict(step: Step) -> dict[str, object]:
    return {
        "level": step.level,
        "outcome": step.outcome.value,
        "wanted": step.wanted,
        "code": step.code.value,
        "reason": step.reason,
        "clause": step.clause_id,
    }


def _decisions(document: object, source: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"not a ruling (`format` is not `{FORMAT}`)", source=source, help=_HELP)
    decisions = document.get("decisions")
    if not isinstance(decisions, dict) or not all(isinstance(decision, dict) for decision in decisions.values()):
        raise InputError("a ruling without decisions", source=source, help=_HELP)
    return decisions


def _steps(decision: Mapping[str, Any], name: str, source: str) -> list[Mapping[str, Any]]:
    steps = decision.get("trace")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise InputError(f"`{name}` has no trace", source=source, help=_HELP)
    return steps
