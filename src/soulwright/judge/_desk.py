"""The desk: replies put to a judge, many at once, each answer kept in a log that is whole or not there.

Questions go out in parts, each part one log (`part-0001/part-0001.eval`). What a log of the folder has answered, from
the same words and the same judge, is not asked again: a killed examination goes on where it stopped. Where the judge
failed, the same command asks again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import Model, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from soulwright.errors import CorruptRun
from soulwright.judge._model import Better, Compared
from soulwright.judge._named import NamedJudge
from soulwright.models import ask_in_parts, chat_messages, find_model, keep_log, read_log
from soulwright.runs import content_key
from soulwright.situations import Situation, situation_to_dict
from soulwright.verify import AsksJudge, Grade, Graded, GradesReplies, Judging, Verdict, judged_by

PART = 256
_NO_MODEL = "mockllm/model"  # what Inspect is given to run with where the judge is a program: nothing asks it


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """One reply to be judged; `by` is the judge as it is shown this one, `form` says in which form that is."""

    id: str
    situation: Situation
    reply: str
    by: GradesReplies | AsksJudge
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPair:
    """Two replies to be compared: `ask` puts them to the judge."""

    id: str
    situation: Situation
    first: str
    second: str
    ask: Callable[[Situation, str, str], Awaitable[Compared]]
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    id: str
    key: str
    situation: Situation
    reply: str
    score: Callable[[], Awaitable[Score]]


def judge_all(
    puts: Sequence[Put], judge: NamedJudge, *, folder: Path, advance: Callable[[int], None] | None = None
) -> dict[str, Grade]:
    """The grade of every reply, by its id; what the logs in `folder` hold already is not asked again."""
    items = [
        _Item(
            id=put.id,
            key=content_key(judge.fingerprint, situation_to_dict(put.situation), put.reply, put.form),
            situation=put.situation,
            reply=put.reply,
            score=_grading(put),
        )
        for put in puts
    ]
    samples = _asked(items, judge, folder, advance)
    return {item.id: _grade_in(samples.get(item.key)) for item in items}


def compare_all(
    pairs: Sequence[PutPair], judge: NamedJudge, *, folder: Path, advance: Callable[[int], None] | None = None
) -> dict[str, Compared]:
    """Which reply of every pair the judge found better, by the pair's id."""
    items = [
        _Item(
            id=pair.id,
            key=content_key(
                judge.fingerprint, "pair", situation_to_dict(pair.situation), pair.first, pair.second, pair.form
            ),
            situation=pair.situation,
            reply=f"first reply:\n{pair.first}\n\nsecond reply:\n{pair.second}",
            score=_comparing(pair),
        )
        for pair in pairs
    ]
    samples = _asked(items, judge, folder, advance)
    return {item.id: _compared_in(samples.get(item.key)) for item in items}


def _grading(put: Put) -> Callable[[], Awaitable[Score]]:
    async def score() -> Score:
        graded: Graded = await judged_by(put.by, put.situation, put.reply)
        about = {"judging": graded.judging.value}
        return Score(value=graded.verdict.value, answer=put.reply, explanation=graded.why, metadata=about)

    return score


def _comparing(pair: PutPair) -> Callable[[], Awaitable[Score]]:
    async def score() -> Score:
        said = await pair.ask(pair.situation, pair.first, pair.second)
        return Score(value=said.better.value, explanation=said.why, metadata={"judging": said.judging.value})

    return score


def _asked(
    items: Sequence[_Item], judge: NamedJudge, folder: Path, advance: Callable[[int], None] | None
) -> dict[str, EvalSample]:
    """The samples of all logs by their key, after everything that was left has been asked."""
    heard = advance or _nobody_listens
    by_key = {item.key: item for item in items}
    heard(len(items) - len(by_key))
    model = judge.model or find_model(_NO_MODEL)
    return ask_in_parts(
        folder,
        {key: key for key in by_key},
        read=lambda path, made_now: _answered(path, failed_too=made_now),
        put=lambda keys: _Part([by_key[key] for key in keys], model, judge),
        advance=heard,
        size=PART,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of what is judged, as it is put here or by a worker."""

    items: Sequence[_Item]
    model: Model
    judge: NamedJudge

    def __call__(self, path: Path, advance: Callable[[int], None]) -> None:
        keep_log(
            _task(self.items, self.judge),
            self.model,
            path,
            failed=f"`{self.judge.name}` could not be asked to judge",
            help="put that right and run the same command again: what was judged is kept",
            at_once=PART if self.judge.model is None else None,
        )
        advance(len(self.items))


def _task(part: Sequence[_Item], judge: NamedJudge) -> Task:
    samples = [
        Sample(
            id=item.key[:16], input=chat_messages(item.situation.messages), metadata={"key": item.key, "name": item.id}
        )
        for item in part
    ]
    by_id = {item.key[:16]: item for item in part}
    return Task(
        dataset=MemoryDataset(samples, name="replies"),
        solver=_replaying({name: item.reply for name, item in by_id.items()}),
        scorer=_scoring(by_id),
        epochs=Epochs(1, "mode"),
        name="judge",
        metadata={"judge": judge.name, "fingerprint": judge.fingerprint},
    )


def _replaying(replies: dict[str, str]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - the reply is there already
        state.output = ModelOutput.from_content("reply", replies[str(state.sample_id)])
        state.messages.append(state.output.message)
        return state

    @solver(name="replay")
    def replay() -> Solver:
        return solve

    return replay()


def _scoring(items: dict[str, _Item]) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - Inspect's signature, no target here
        return await items[str(state.sample_id)].score()

    @scorer(metrics=[], name="verdict")
    def verdict() -> Scorer:
        return score

    return verdict()


def _answered(path: Path, *, failed_too: bool = False) -> dict[str, EvalSample]:
    """The samples of a log that were judged or refused, by their key; a log that cannot be read holds none."""
    try:
        log = read_log(path)
    except CorruptRun:
        return {}
    return {
        str((sample.metadata or {}).get("key")): sample
        for sample in log.samples or ()
        if failed_too or _judging_of(sample) is not Judging.FAILED
    }


def _judging_of(sample: EvalSample) -> Judging:
    score = (sample.scores or {}).get("verdict")
    if sample.error is not None or score is None:
        return Judging.FAILED
    return Judging((score.metadata or {}).get("judging", Judging.JUDGED))


def _grade_in(sample: EvalSample | None) -> Grade:
    judging, why = _said_in(sample)
    if sample is None or judging is not Judging.JUDGED:
        return Grade.missing(judging, why)
    return Grade(verdict=Verdict((sample.scores or {})["verdict"].as_str()), why=why)


def _compared_in(sample: EvalSample | None) -> Compared:
    judging, why = _said_in(sample)
    if sample is None or judging is not Judging.JUDGED:
        return Compared(better=Better.NONE, why=why, judging=judging)
    return Compared(better=Better((sample.scores or {})["verdict"].as_str()), why=why)


def _said_in(sample: EvalSample | None) -> tuple[Judging, str]:
    if sample is None:
        return Judging.FAILED, "the log does not have it"
    if sample.error is not None:
        return Judging.FAILED, f"not judged: {sample.error.message}"
    score = (sample.scores or {}).get("verdict")
    return _judging_of(sample), (score.explanation or "") if score else "not judged"


def _nobody_listens(_: int) -> None:
    return None
