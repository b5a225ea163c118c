"""Specifications: from markdown to typed clauses that know where they stand in the source.

`parse` gives the tree of a document and `unparse` its text back; `compile_spec`, `compile_document` and `load_spec`
make clauses of it, `spec_to_dict` and `spec_from_dict` carry them through JSON, and `without`, `with_attribute` and
`swapped` edit a document clause by clause.
"""

from __future__ import annotations

from soulwright.spec._clauses import (
    BoundVerdict,
    Clause,
    Example,
    Exemption,
    Kind,
    Parent,
    Polarity,
    Spec,
    Statement,
)
from soulwright.spec._compile import compile_document, compile_spec
from soulwright.spec._document import (
    Adjustment,
    Admonition,
    AttributeLine,
    Attributes,
    Block,
    CodeBlock,
    Comparison,
    Dialogue,
    Document,
    Elision,
    ExampleBlock,
    ExampleVerdict,
    FrontMatter,
    FrontMatterBlock,
    Gap,
    Heading,
    HtmlComment,
    ListItem,
    Paragraph,
    Problem,
    Reference,
    ReferenceKind,
    Section,
    Sentence,
    Span,
    Turn,
    Wrapped,
)
from soulwright.spec._edit import swapped, with_attribute, without
from soulwright.spec._load import load_document, load_spec
from soulwright.spec._lock import spec_from_dict, spec_to_dict
from soulwright.spec._mistakes import SpecErrors
from soulwright.spec._parse import parse, unparse
from soulwright.spec._prose import plain, sentences
from soulwright.spec._statements import locator

__all__ = [
    "Adjustment",
    "Admonition",
    "AttributeLine",
    "Attributes",
    "Block",
    "BoundVerdict",
    "Clause",
    "CodeBlock",
    "Comparison",
    "Dialogue",
    "Document",
    "Elision",
    "Example",
    "ExampleBlock",
    "ExampleVerdict",
    "Exemption",
    "FrontMatter",
    "FrontMatterBlock",
    "Gap",
    "Heading",
    "HtmlComment",
    "Kind",
    "ListItem",
    "Paragraph",
    "Parent",
    "Polarity",
    "Problem",
    "Reference",
    "ReferenceKind",
    "Section",
    "Sentence",
    "Span",
    "Spec",
    "SpecErrors",
    "Statement",
    "Turn",
    "Wrapped",
    "compile_document",
    "compile_spec",
    "load_document",
    "load_spec",
    "locator",
    "parse",
    "plain",
    "sentences",
    "spec_from_dict",
    "spec_to_dict",
    "swapped",
    "unparse",
    "with_attribute",
    "without",
]
