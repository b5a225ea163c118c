"""A compiled document as plain JSON values (`spec.lock.json`), and back."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import cast

from pydantic import TypeAdapter, ValidationError

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec

_HELP = "compile the document again"


@cache
def _adapter() -> TypeAdapter[Spec]:
    return TypeAdapter(Spec)


def spec_to_dict(spec: Spec) -> dict[str, object]:
    """The whole compiled document as values that JSON can hold; `spec_from_dict` gives the same `Spec` back."""
    return cast("dict[str, object]", _adapter().dump_python(spec, mode="json"))


def spec_from_dict(data: object, *, source: str = "spec.lock.json") -> Spec:
    """The `Spec` that `data` was made of; `InputError` where it is not exactly what `spec_to_dict` writes."""
    try:
        spec = _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise InputError(f"not a compiled document: {where}: {first['msg']}", source=source, help=_HELP) from error
    if not _covers(spec_to_dict(spec), data):
        raise InputError("not a compiled document: it holds unknown or re-typed fields", source=source, help=_HELP)
    if _hash(spec) != spec.hash:
        raise InputError("the text of the compiled document is not the one it was made of", source=source, help=_HELP)
    return spec


def _covers(whole: object, part: object) -> bool:
    """Whether `part` says nothing that `whole` does not; keys that an older version did not write may be missing."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and _covers(whole[key], value) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return len(whole) == len(part) and all(_covers(one, other) for one, other in zip(whole, part, strict=True))
    return type(whole) is type(part) and whole == part


def _hash(spec: Spec) -> str:
    """The hash of the text, chained through the documents that it extends, the furthest first."""
    digest = ""
    for text in (*(parent.text for parent in reversed(spec.parents)), spec.text):
        digest = hashlib.sha256((f"{digest}\0{text}" if digest else text).encode()).hexdigest()
    return digest
