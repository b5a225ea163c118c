"""The review in a browser: one page, served to this machine alone, that asks for one label after the other.

    GET  /TOKEN/          the page
    GET  /TOKEN/next      what is to be read next, and how much is left
    POST /TOKEN/label     a label, kept before the answer comes; the answer tells what was said before

The token is drawn anew each time and stands in the address, so that no other page of the browser can ask or label.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass
from typing_extensions import override

from soulwright.judge._review import Review
from soulwright.verify import Verdict

_LONGEST = 65_536  # bytes of one label
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Label:
    name: str
    verdict: Verdict
    why: str = ""


_LABEL = TypeAdapter(_Label)


class ReviewServer(HTTPServer):
    """Serves one review to this machine until it is shut down; `url` is where it is read."""

    def __init__(self, review: Review, *, port: int = 0, by: str = "") -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.review = review
        self.by = by
        self.token = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.server_port}/{self.token}/"


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer

    def do_GET(self) -> None:
        """The page, or what is to be read next."""
        if self._asked("") and self._local():
            self._send(HTTPStatus.OK, _page(), "text/html; charset=utf-8")
        elif self._asked("next") and self._local():
            self._json(HTTPStatus.OK, _state(self.server.review))
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})

    def do_POST(self) -> None:
        """A label."""
        if not (self._asked("label") and self._local()):
            self._json(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})
            return
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= _LONGEST or "json" not in self.headers.get("Content-Type", ""):
            self._json(HTTPStatus.BAD_REQUEST, {"error": "a label is a short object of JSON"})
            return
        try:
            label = _LABEL.validate_json(self.rfile.read(length))
            told = self.server.review.label(label.name, label.verdict, why=label.why, by=self.server.by)
        except (ValidationError, ValueError, KeyError) as error:
            self._json(HTTPStatus.BAD_REQUEST, {"error": f"this is no label: {str(error).splitlines()[0]}"})
            return
        self._json(HTTPStatus.OK, {"told": asdict(told), **_state(self.server.review)})

    def _asked(self, what: str) -> bool:
        return secrets.compare_digest(self.path.encode(), f"/{self.server.token}/{what}".encode())

    def _local(self) -> bool:
        """Asked by this machine's name for itself: no other site's name that was made to lead here."""
        return self.headers.get("Host", "") in {
            f"{host}:{self.server.server_port}" for host in ("127.0.0.1", "localhost")
        }

    def _json(self, status: HTTPStatus, value: object) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", _POLICY),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said of each request: the terminal is for people."""


def _state(review: Review) -> dict[str, object]:
    left = len(review.waiting)
    item = review.next()
    drawn = len(review.plan.drawn)
    return {"item": asdict(item) if item else None, "left": left, "labelled": len(review.labels), "drawn": drawn}


@cache
def _page() -> bytes:
    folder = files("soulwright.judge").joinpath("assets")
    page, style, script = (folder.joinpath(f"review.{end}").read_text("utf-8") for end in ("html", "css", "js"))
    return page.replace("/*STYLE*/", style).replace("/*SCRIPT*/", script).encode()
