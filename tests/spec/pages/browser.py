"""A page in headless Chromium; tests that need it skip, and say so, where it is not installed."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next((name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), None)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=2000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the browser made of a page: the document after its script ran, and what the console said."""

    dom: str
    console: str


def see(page: str, folder: Path, query: str = "") -> Seen:
    """Open `page` and look at it; `query` is what stands behind the question mark of its address."""
    if CHROMIUM is None:
        pytest.skip("headless Chromium is not installed: what the page does in a browser is NOT tested")
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", f"{path.as_uri()}{query}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return Seen(dom=done.stdout, console=console)


class Tab:
    """A page under a reader's hands: keys are pressed, and the page is asked what it made of them.

    It speaks the DevTools protocol over a pipe (`--remote-debugging-pipe`): JSON messages, each ended by a NUL.
    """

    def __init__(self, page: str, folder: Path, *, width: int = 1440, print_style: bool = False) -> None:
        if CHROMIUM is None:
            pytest.skip("headless Chromium is not installed: what the page does in a browser is NOT tested")
        path = folder / "page.html"
        path.write_text(page, encoding="utf-8")
        to_us, from_it = os.pipe()
        from_us, to_it = os.pipe()
        flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe")
        command = [CHROMIUM, *flags, f"--window-size={width},1000", f"--user-data-dir={folder / 'profile'}"]
        # The browser reads from descriptor 3 and writes to descriptor 4.
        start = "import os, sys; a = sys.argv; os.dup2(int(a[1]), 3); os.dup2(int(a[2]), 4); os.execvp(a[3], a[3:])"
        python = [sys.executable, "-c", start, str(from_us), str(from_it)]
        self._process = subprocess.Popen(
            [*python, *command], pass_fds=(from_us, from_it), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        os.close(from_us)
        os.close(from_it)
        self._read, self._write = to_us, to_it
        self._waiting = b""
        self._number = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url=path.as_uri())["targetId"]
        self._session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        if print_style:
            self.call("Emulation.setEmulatedMedia", media="print")
        while not self.ask("location.protocol === 'file:' && document.readyState === 'complete'"):
            time.sleep(0.05)

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def ask(self, expression: str) -> Any:
        """The value of a script expression on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other: single characters, or names such as `Tab` and `Escape`."""
        for key in keys:
            text = {"text": key} if len(key) == 1 else {}
            codes = {"Tab": 9, "Escape": 27, "Enter": 13}
            code = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **code)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def spoken(self) -> list[tuple[str, str]]:
        """Role and name of everything that a screen reader is told of."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [
            (str(node.get("role", {}).get("value", "")), str(node.get("name", {}).get("value", "")))
            for node in nodes
            if not node.get("ignored")
        ]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            ready, _, _ = select.select([self._read], [], [], 60)
            assert ready, "the browser does not answer"
            self._waiting += os.read(self._read, 1 << 20)
        message, _, self._waiting = self._waiting.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer
