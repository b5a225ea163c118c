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
    if spec_to_dict(spec) != data:
        raise InputError("not a compiled document: it holds unknown or re-typed fields", source=source, help=_HELP)
    if hashlib.sha256(spec.text.encode()).hexdigest() != spec.hash:
        raise InputError("the text of the compiled document is not the one it was made of", source=source, help=_HELP)
    return spec
