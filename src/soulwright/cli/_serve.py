"""Serving models of this machine over HTTP, and showing that every role can be asked that way."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from soulwright.cli._answer import WRONG, Outcome
from soulwright.errors import InputError, SoulwrightError

_CLAUSES = ("limits.weapons", "honesty.truthful", "protections.ai")  # what the tiny world has words for
_BUDGET = ("--max-calls", "400")
_SERVICE = "organism"


def serve_models(host: str, port: int, served: tuple[str, ...]) -> Outcome:
    """Serve until interrupted; InputError where a name is none or the port is taken."""
    import uvicorn

    from soulwright.models import find_embedder, find_model, model_server

    names = _served(served)
    folders = {name: model for name, model in names.items() if Path(model.removeprefix("weights/")).is_dir()}
    app = model_server(
        {name: find_model(model) for name, model in names.items()},
        {name: find_embedder(folder) for name, folder in folders.items()},
    )
    with _listening(host, port) as listener:
        print(f"http://{host}:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
    return Outcome(document={}, text="")


def show_http(run: Path, target: str | None) -> Outcome:
    """Run the verbs against a server of their own; the exit status is the worst of theirs."""
    served = ["--serve", f"target={target}"] if target else []
    with _server(served) as address:
        print(f"serving on {address}", file=sys.stderr)
        key = _SERVICE.upper()
        environment = os.environ | {f"{key}_BASE_URL": f"{address}/v1", f"{key}_API_KEY": "none"}
        for words in _calls(run):
            print(f"\n$ soulwright {shlex.join(words)}", flush=True)
            status = subprocess.run(
                [sys.executable, "-m", "soulwright", *words], env=environment, check=False
            ).returncode
            if status >= WRONG:
                raise SoulwrightError(f"this call ended with status {status}", help="its message stands above")
    if not (run / "gap.json").exists():
        raise SoulwrightError("the last call left no gap.json", help="its message stands above")
    return Outcome(document={}, text=f"\nlogs: `inspect view --log-dir {run / 'logs'}`")


def _calls(run: Path) -> Iterator[tuple[str, ...]]:
    def role(name: str) -> str:
        return f"openai-api/{_SERVICE}/{name}"

    here = ("--run", str(run))
    clauses = [word for name in _CLAUSES for word in ("--clause", name)]
    written = ("--teacher", role("writer"), "--embedder", role("base"))
    write = ("situations", *written, "--shape", "direct", "--shape", "twins", *clauses, *here)
    yield (*write, "--plan")
    yield (*write, *_BUDGET)
    roles = ("--teacher", role("writer"), "--judge", role("judge"), "--target", role("target"))
    yield ("teach", *roles, "--documents", "0", "--advice", "0", *here, *_BUDGET)
    cases = ("--cases", str(run / "situations" / "held-out.jsonl"))
    yield (
        "verify",
        "--target",
        role("target"),
        "--judge",
        role("judge"),
        *cases,
        "--reply-tokens",
        "96",
        *here,
        *_BUDGET,
    )


def _served(served: tuple[str, ...]) -> dict[str, str]:
    """The models that are served, by the names that they are served under."""
    from soulwright.organism import BASE

    names = {name: f"world/{name}" for name in ("teacher", "writer", "judge")}
    names |= {"base": str(BASE), "target": str(BASE)}
    for pair in served:
        name, equals, model = pair.partition("=")
        if not (name and equals and model):
            raise InputError(f"`{pair}` names no model", help="write `--serve NAME=MODEL`")
        names[name] = model
    return names


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}"
        raise InputError(message, help="choose another `--port`, or 0 for any free one") from error


@contextmanager
def _server(served: list[str]) -> Iterator[str]:
    """A server in a process of its own, as everybody else would run it; its address."""
    command = [sys.executable, "-m", "soulwright", "organism", "serve", "--port", "0", *served]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                raise SoulwrightError("the server did not start", help="its message stands above")
            yield address
        finally:
            process.terminate()
