"""Any model of Inspect: found by its name, told apart from others, and asked into a log that is whole or not there.

The rooms that ask models say what is asked and what their logs are made from. A log lies in a folder of its own with
the same name (`round-1/round-1.eval`), so that the folder can take its place in one step.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import GenerateConfig, Model, get_model

from soulwright.errors import CorruptRun, InputError, SoulwrightError
from soulwright.models._budget import ModelRole, current_meter
from soulwright.models._inspect import WeightsAPI, weights
from soulwright.models._metered import metered
from soulwright.models._unfinished import UNREADABLE, forget, joined, left_to_ask, unfinished
from soulwright.runs import atomic_directory, content_key, hash_file

_LEFT_OUT = {"events", "events_data", "attachments", "store", "timelines"}  # nothing that is read here needs them
_MARKUP = re.compile(r"\[/?[a-z]+\]")  # how Inspect sets words in bold


def find_model(name: str, role: ModelRole | None = None, config: GenerateConfig | None = None) -> Model:
    """The model that Inspect knows by this name, `weights/FOLDER` among them; InputError where there is none.

    `organism/...` is `world/...`. `config` are the settings of whoever asks; what the settings of the `role` say (those
    of the meter of the moment) comes before them.
    """
    assert weights is not None  # importing it has made the provider known to Inspect
    from inspect_ai._util.error import PrerequisiteError  # Inspect exports no public name for it

    meter = current_meter()
    pinned = meter.settings.get(role) if meter and role else None
    settings = (config or GenerateConfig()).merge(pinned or GenerateConfig())
    if name.startswith("organism/"):
        name = f"world/{name.removeprefix('organism/')}"
    elif Path(name).is_dir():
        name = f"weights/{name}"
    try:
        return metered(get_model(name, config=settings))
    except (ValueError, ImportError, PrerequisiteError) as error:
        if isinstance(error, InputError):
            raise
        said = " ".join(_MARKUP.sub("", str(getattr(error, "message", error))).split()).removeprefix("ERROR: ")
        raise InputError(
            f"the model `{name}` cannot be asked: {said}",
            help="write PROVIDER/NAME as Inspect does, such as `openai/...`, `hf/...` or `mockllm/model`",
        ) from error


def model_key(model: Model) -> str:
    """Which model answers: its name and settings, and for a folder of weights what lies in it."""
    names = (model.api.model_name, str(model.model_args.get("model_path", "")))
    folders = [Path(name) for name in names if name and Path(name).is_dir()]
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    settings = json.dumps(model.model_args, sort_keys=True, default=lambda value: type(value).__name__)
    asked = model.config.model_dump(exclude_none=True)  # where there are none, the key is as if nobody had asked
    pinned = [asked] if asked else []
    return content_key(str(model), settings, {path.name: hash_file(path) for path in files}, *pinned)


def keep_log(
    task: Task,
    model: Model,
    path: Path,
    *,
    failed: str,
    help: str,
    at_once: int | None = None,
    answered_or_not: bool = False,
) -> None:
    """Put a task to a model and keep its log at `path`; what cost time and shows nothing is off, the transcripts stay.

    Many short questions go out `at_once`, without a record of what is sent over the wire. SoulwrightError, `failed` and
    the reason, where not one question was answered; then there is no log, unless it is wanted `answered_or_not`.

    BudgetSpent where the budget was spent in the middle: then what was answered waits beside the log, in a folder of
    the same name with `.unfinished` behind it, and the same task asks only what is left. So it is after a kill, too,
    for what had reached the log by then.
    """
    task.metadata = (task.metadata or {}) | {"model_key": model_key(model)}
    before = left_to_ask(task, path)
    with atomic_directory(path.parent) as folder:
        made = evaluate(
            task,
            model=metered(model),
            log_dir=str(folder),
            log_format="eval",
            display="log",  # "none" still lays out a table of every metric, half a second for each log
            log_level="critical",  # what went wrong is in the log, and in what is raised here
            fail_on_error=False,
            log_realtime=False,
            log_buffer=at_once or 1,  # long answers are in the log one by one: what is there outlives a kill
            log_model_api=None if at_once is None else False,
            log_header_only=True,
            score_display=False,
            ctl_server=False,
            max_samples=at_once,
            adaptive_connections=False if _all_at_once(model, at_once) else None,
        )
        if not made or made[0].status == "cancelled":  # how Inspect says that it was interrupted
            raise KeyboardInterrupt
        [log] = made
        made_at = Path(log.location.removeprefix("file://"))
        if (meter := current_meter()) and meter.stopped and not _whole(made_at):
            unfinished(made_at, before, path)
            raise meter.refusal()
        answered = answered_or_not or bool(log.results and log.results.completed_samples)
        if log.status != "success" or not answered:
            raise SoulwrightError(f"{failed}: {_reason(log)}", help=help)
        made_at.rename(folder / path.name)
        joined(folder / path.name, before)
    forget(path)


def _all_at_once(model: Model, wanted: int | None) -> bool:
    """Whether Inspect may ask all at once and need not find out what the model can take, beginning with a few."""
    return isinstance(model.api, WeightsAPI) or bool(wanted and model.api.max_connections() >= wanted)


def read_log(path: Path, *, header_only: bool = False) -> EvalLog:
    """A log without what only Inspect's viewer shows; CorruptRun where it is missing or not whole."""
    try:
        return read_eval_log(path, header_only=header_only, exclude_fields=_LEFT_OUT)
    except UNREADABLE as error:
        raise CorruptRun(
            "this is not a whole log", path=str(path), help=f"delete `{path}` and run the command again"
        ) from error


def _whole(made_at: Path) -> bool:
    """Whether every question was answered (Inspect's own count takes a sample with an error for a completed one)."""
    return all(sample.error is None for sample in read_log(made_at).samples or ())


def _reason(log: EvalLog) -> str:
    if log.error is not None:
        return log.error.message
    whole = read_log(Path(log.location.removeprefix("file://")))
    return next((sample.error.message for sample in whole.samples or () if sample.error), "nothing was answered")
