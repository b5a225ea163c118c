"""SW006: a link that only the authors can open."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from soulwright.spec._document import ReferenceKind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_HOSTS = re.compile(
    r"(?:.*\.)?(?:docs\.google\.com|drive\.google\.com|sharepoint\.com|atlassian\.net|notion\.so|notion\.site|slack\.com"
    r"|quip\.com|figma\.com|linear\.app|localhost)\Z"
)
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):(?://(?:[^/?#@]*@)?(?P<host>\[[^\[\]]*\]|[^/?#:\[\]]*))?")
_ENDINGS = (".internal", ".intranet", ".corp", ".local", ".lan", ".test", ".invalid")


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for reference in subject.document.references:
        if reference.kind is ReferenceKind.EXTERNAL and (host := _private(reference.target)):
            yield Hit(
                span=reference.span,
                message=f"`{host}` is a place for drafts or insiders",
                help="link to a page that every reader can open, or remove the link",
            )


def _private(target: str) -> str | None:
    """What makes this address private, None where nothing does."""
    address = _ADDRESS.match(target)
    if address is None:
        return None
    if address["scheme"].lower() == "file":
        return "file://"
    host = (address["host"] or "").lower().strip("[]")
    bare = bool(host) and "." not in host and ":" not in host
    return host if bare or _HOSTS.match(host) or host.endswith(_ENDINGS) or _reserved(host) else None


def _reserved(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


_WRONG = "## Care {#care authority=root}\n\nBe [kind](https://docs.google.com/document/d/abc/edit).\n"

RULE = Rule(
    id="SW006",
    name="private-link",
    severity=Severity.ERROR,
    what="A published sentence links to a draft or to a host inside a company.",
    why="Readers cannot follow it, and it tells more about the authors' house than they meant to publish.",
    remedy="Publish what the link showed, or remove it.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("docs.google.com/document/d/abc/edit", "example.org/kindness")),
    find=_find,
)
