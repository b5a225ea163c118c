"""What other tools read: one module a format, all of them functions of the compiled document."""

from __future__ import annotations

from soulwright.spec.exports._binding import by_binding
from soulwright.spec.exports._compiled import Edge, EdgeKind, compiled_document, compiled_schema
from soulwright.spec.exports._oscal import oscal_catalog
from soulwright.spec.exports._prompt import LeftOut, SystemPrompt, estimate_tokens, system_prompt
from soulwright.spec.exports._site import site_markdown
from soulwright.spec.exports._statements import statements

__all__ = [
    "Edge",
    "EdgeKind",
    "LeftOut",
    "SystemPrompt",
    "by_binding",
    "compiled_document",
    "compiled_schema",
    "estimate_tokens",
    "oscal_catalog",
    "site_markdown",
    "statements",
    "system_prompt",
]
