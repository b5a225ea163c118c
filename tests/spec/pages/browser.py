"""A page in headless Chromium; tests that need it skip, and say so, where it is not installed."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

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
