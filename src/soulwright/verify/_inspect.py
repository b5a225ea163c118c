"""Verification as tasks of Inspect: situations are asked, replies judged, and every transcript kept in a log.

An arm (which model, with or without the document's words in the prompt) is asked suite by suite; each suite is one log,
named `ARM-PROMPT-SUITE.eval` and written whole or not at all. A log that is there and was made from the same
situations, model and judge is read instead of asked again, so that a killed verification goes on where it stopped.

INVARIANT: a situation without a verdict (an error, no room for it, a reply withheld by a filter) is UNCLEAR with its
reason, never a pass and never left out.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import (
    GenerateConfig,
    Model,
    ModelOutput,
    get_model,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.scorer import Value as MetricValue
from inspect_ai.solver import TaskState, generate

from soulwright.errors import CorruptRun
from soulwright.models import LogToMake, chat_messages, keep_log, make_logs, model_key, read_log, weights
from soulwright.runs import content_key, hash_file
from soulwright.situations import Message, Role, Situation, Suite, situation_to_dict, under_words
from soulwright.verify._judged import Arm, Judged, Judging, Prompt, Verdict
from soulwright.verify._judging import AsksJudge, Grade, Graded, GradesReplies, judged_by

MAX_TOKENS = 96
_CHUNK = 512  # situations in one log of a model of this machine: Python's collector rests while it is made
_WITHHELD = {
    "model_length": "the conversation does not fit into what the model can read",
    "content_filter": "the reply was withheld by the provider's filter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """Which model is asked what: one arm, with or without the document's words in the prompt.

    `model` is a model folder or any model of Inspect. With `Prompt.SPEC`, `spec_text_for` gives the words that are put
    in front of the system prompt: a whole document where the model can read one, the clauses at stake where it cannot.
    A log has `at_once` situations at most, all under way at once as far as the provider allows; what a kill costs.
    """

    arm: Arm
    model: Path | Model
    situations: Sequence[Situation]
    prompt: Prompt = Prompt.NONE
    spec_text_for: Callable[[Situation], str] | None = None
    at_once: int = _CHUNK

    def messages_for(self, situation: Situation) -> tuple[Message, ...]:
        """The messages as they are asked."""
        return with_spec(situation, self.prompt, self.spec_text_for)


def with_spec(
    situation: Situation, prompt: Prompt, spec_text_for: Callable[[Situation], str] | None
) -> tuple[Message, ...]:
    """The messages of a situation, with the document's words in front of the system prompt where the prompt asks it."""
    if prompt is Prompt.NONE:
        return situation.messages
    if spec_text_for is None:
        raise TypeError("Prompt.SPEC needs `spec_text_for`")
    return under_words(situation.messages, spec_text_for(situation))


def adherence_task(
    situations: Sequence[Situation],
    judge: GradesReplies | AsksJudge,
    *,
    prompt: Prompt = Prompt.NONE,
    spec_text_for: Callable[[Situation], str] | None = None,
    max_tokens: int = MAX_TOKENS,
    advance: Callable[[int], None] | None = None,
) -> Task:
    """A task of Inspect: ask each situation once, judge the reply, and count verdicts row by row.

    The score of a sample is the verdict as a word, its explanation the judge's reason. `advance` hears of each reply
    that is judged.
    """
    samples = [_sample(situation, with_spec(situation, prompt, spec_text_for)) for situation in situations]
    return Task(
        dataset=MemoryDataset(samples, name="situations"),
        solver=generate(),
        scorer=_scorer(situations, judge, advance),
        epochs=Epochs(1, "mode"),  # Inspect's own reducer would make numbers of words
        config=GenerateConfig(max_tokens=max_tokens),
        name="adherence",
    )


def task_of(
    plan: ArmPlan, judge: GradesReplies | AsksJudge, *, max_tokens: int, advance: Callable[[int], None]
) -> Task:
    """The task of an arm's plan."""
    return adherence_task(
        plan.situations,
        judge,
        prompt=plan.prompt,
        spec_text_for=plan.spec_text_for,
        max_tokens=max_tokens,
        advance=advance,
    )


@dataclass(slots=True)
class Heard:
    """Passes on how many more situations are judged, and at the end those that never were."""

    advance: Callable[[int], None]
    count: int = 0

    def __call__(self, count: int) -> None:
        self.count += count
        self.advance(count)

    def up_to(self, total: int) -> None:
        """All are done, whatever became of them."""
        self.advance(total - self.count)


def verify_run(
    plans: Sequence[ArmPlan],
    judge: GradesReplies | AsksJudge,
    *,
    logs: Path,
    depends_on: str = "",
    max_tokens: int = MAX_TOKENS,
    advance: Callable[[int], None] | None = None,
) -> list[Judged]:
    """Ask every plan, one after the other, and give all judged replies in the order of plans and situations."""
    names = Counter((plan.arm, plan.prompt) for plan in plans)
    if any(count > 1 for count in names.values()):
        raise TypeError("two plans of one arm and prompt would write the same logs")
    with ExitStack() as stack:
        loaded = {plan.model: stack.enter_context(_Loaded(plan.model)) for plan in plans}
        arms = [_Arm.begun(plan, judge, depends_on, max_tokens, loaded[plan.model]) for plan in plans]
        return _asked_arms(arms, logs, advance or nobody_listens)


def run_arm(
    plan: ArmPlan,
    judge: GradesReplies | AsksJudge,
    *,
    logs: Path,
    depends_on: str = "",
    max_tokens: int = MAX_TOKENS,
    advance: Callable[[int], None] | None = None,
    part: str = "",
) -> list[Judged]:
    """Ask one arm and judge its replies, in the order of the situations; finished logs in `logs` are read instead.

    There is one log for each suite, or one named `part` for all of them, and more of them where there are more than
    `plan.at_once` situations. Within `asked_by` each is made by a worker; plan and judge then must be able to travel.

    `depends_on` is a hash of whatever else the verdicts depend on, such as the version of the judge; `advance` hears
    how many more situations are done. SoulwrightError where not one situation of a log could be asked.
    """
    with _Loaded(plan.model) as loaded:
        arm = _Arm.begun(plan, judge, depends_on, max_tokens, loaded, part=part)
        return _asked_arms([arm], logs, advance or nobody_listens)


def judged_from_log(path: Path, situations: Sequence[Situation]) -> list[Judged]:
    """The judged replies of a log that `run_arm` wrote, in the order of the situations.

    A situation that the log does not have is UNCLEAR. CorruptRun where the file is no such log.
    """
    try:
        log = read_log(path)
        about = log.eval.metadata or {}
        arm, prompt = Arm(about["arm"]), Prompt(about["prompt"])
    except (CorruptRun, KeyError, ValueError) as error:
        raise CorruptRun(
            "this is not a whole log of a verification", path=str(path), help=f"delete `{path}` and verify again"
        ) from error
    samples = {str(sample.id): sample for sample in log.samples or ()}
    return [_judged(situation, samples.get(situation.id), arm, prompt) for situation in situations]


def nobody_listens(_: int) -> None:
    return None


class _Loaded:
    """The model of an arm, loaded when the first log is missing, once in each process, and let go at the end."""

    def __init__(self, given: Path | Model, *, kept: bool = False) -> None:
        self._given = given
        self._kept = kept
        self._loaded: Model | None = None

    def __enter__(self) -> _Loaded:
        return self

    def __exit__(self, *_: object) -> None:
        if self._loaded is not None and self._loaded is not self._given:
            self._loaded.api.close()

    def __reduce__(self) -> tuple[Callable[..., _Loaded], tuple[Path | Model]]:
        """It travels as what was given; a worker keeps what it has loaded for the next log."""
        return _kept, (self._given,)

    def model(self) -> Model:
        """The model itself."""
        if isinstance(self._given, Model):
            return self._given
        if self._loaded is None:
            assert weights is not None  # importing it has made the provider known to Inspect
            self._loaded = get_model(f"weights/{self._given}", memoize=self._kept)
        return self._loaded


def _kept(given: Path | Model) -> _Loaded:
    return _Loaded(given, kept=True)


@dataclass(frozen=True, slots=True)
class _Arm:
    """A plan with all that its verdicts depend on."""

    plan: ArmPlan
    judge: GradesReplies | AsksJudge
    max_tokens: int
    made_from: str
    loaded: _Loaded
    part: str

    @classmethod
    def begun(
        cls,
        plan: ArmPlan,
        judge: GradesReplies | AsksJudge,
        depends_on: str,
        max_tokens: int,
        loaded: _Loaded,
        *,
        part: str = "",
    ) -> _Arm:
        """The arm, with a hash of the model as it is now."""
        made_from = content_key(_model_key(plan.model), plan.arm, plan.prompt, max_tokens, depends_on)
        return cls(plan, judge, max_tokens, made_from, loaded, part)

    def logs(self, folder: Path) -> Iterator[tuple[Path, _Asking]]:
        """All logs of this arm with what makes them, whether they are there or not."""
        for suite, chunk in _chunks(self.plan, self.part):
            name = f"{self.plan.arm}-{self.plan.prompt}-{suite}"
            words = [self.plan.messages_for(situation)[0].content for situation in chunk]
            key = content_key(self.made_from, [situation_to_dict(situation) for situation in chunk], words)
            asking = _Asking(replace(self.plan, situations=chunk), self.judge, self.max_tokens, key, self.loaded)
            yield folder / name / f"{name}.eval", asking


def _asked_arms(arms: Sequence[_Arm], folder: Path, advance: Callable[[int], None]) -> list[Judged]:
    """The judged replies of these arms, in the order of arms and situations; the logs that are missing are made."""
    by_arm = [dict(arm.logs(folder)) for arm in arms]
    every = {path: asking for logs in by_arm for path, asking in logs.items()}
    missing = [asking.to_make(path) for path, asking in every.items() if not asking.is_finished(path)]
    advance(sum(asking.count for asking in every.values()) - sum(log.count for log in missing))
    made = dict(zip((log.path for log in missing), make_logs(missing, advance), strict=True))
    judged: list[Judged] = []
    for arm, logs in zip(arms, by_arm, strict=True):
        read = [made[path] if path in made else asking.read(path) for path, asking in logs.items()]
        by_id = {one.situation_id: one for part in read for one in part}
        judged += [by_id[situation.id] for situation in arm.plan.situations]
    return judged


@dataclass(frozen=True, slots=True)
class _Asking:
    """What makes one log of an arm, here or where a worker is."""

    plan: ArmPlan
    judge: GradesReplies | AsksJudge
    max_tokens: int
    key: str
    loaded: _Loaded

    @property
    def count(self) -> int:
        """How many situations the log has."""
        return len(self.plan.situations)

    def to_make(self, path: Path) -> LogToMake[list[Judged]]:
        """The log, for whoever makes it."""
        return LogToMake(path=path, count=self.count, ask=self)

    def is_finished(self, path: Path) -> bool:
        """Whether the log is there, made from the same things and whole."""
        return _is_finished(path, self.key, self.count)

    def read(self, path: Path) -> list[Judged]:
        """What the log says."""
        return judged_from_log(path, self.plan.situations)

    def __call__(self, path: Path, advance: Callable[[int], None]) -> list[Judged]:
        """Make the log and read it."""
        done = Heard(advance)
        plan = self.plan
        task = task_of(plan, self.judge, max_tokens=self.max_tokens, advance=done)
        task.metadata = {"arm": str(plan.arm), "prompt": str(plan.prompt), "key": self.key}
        model = self.loaded.model()
        with collector_at_rest():
            keep_log(
                task,
                model,
                path,
                failed=f"verification of `{model}` failed",
                help="put that right and verify again: finished logs are kept",
                at_once=plan.at_once,
            )
        done.up_to(len(plan.situations))
        return self.read(path)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Without Python's cycle collector: walking Inspect's many small objects again and again takes a quarter more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _chunks(plan: ArmPlan, part: str) -> Iterator[tuple[str, list[Situation]]]:
    """The situations suite by suite (or all together, as `part`), a long one in several logs."""
    order = list(Suite)
    for suite, members in groupby(
        sorted(plan.situations, key=lambda one: order.index(one.suite)), key=lambda one: part or one.suite
    ):
        whole = list(members)
        for at, start in enumerate(range(0, len(whole), plan.at_once), start=1):
            yield str(suite) if at == 1 else f"{suite}-{at}", whole[start : start + plan.at_once]


def _model_key(model: Path | Model) -> str:
    if isinstance(model, Model):
        return model_key(model)
    return content_key({path.name: hash_file(path) for path in sorted(model.iterdir()) if path.is_file()})


def _is_finished(path: Path, key: str, count: int) -> bool:
    """True where the log was made from the same things and every situation in it was answered and judged."""
    try:
        log = read_log(path, header_only=True)
    except CorruptRun:
        return False
    whole = log.results is not None and log.results.completed_samples == log.results.total_samples == count
    return log.status == "success" and whole and (log.eval.metadata or {}).get("key") == key


def _judged(situation: Situation, sample: EvalSample | None, arm: Arm, prompt: Prompt) -> Judged:
    graded = graded_in(sample)
    return Judged(
        situation_id=situation.id,
        row=situation.row,
        group=situation.group,
        clause_ids=situation.clause_ids,
        suite=situation.suite,
        pressure=situation.pressure,
        arm=arm,
        prompt=prompt,
        messages=situation.messages if sample is None else _asked(sample),
        reply="" if sample is None else sample.output.completion,
        verdict=graded.verdict,
        why=graded.why,
        judging=graded.judging,
        family=situation.family,
    )


def graded_in(sample: EvalSample | None) -> Grade:
    """What the log says of one sample; without a verdict, why there is none."""
    if sample is None:
        return Grade.missing(Judging.NOT_REACHED, "the situation is missing from the log")
    if sample.error is not None:
        if sample.output.choices:
            return Grade.missing(Judging.FAILED, f"not judged: {sample.error.message}")
        return Grade.missing(Judging.NOT_REACHED, f"not answered: {sample.error.message}")
    score = (sample.scores or {}).get("verdict")
    if score is None:
        return Grade.missing(Judging.FAILED, "the reply was not judged")
    judging = Judging((score.metadata or {}).get("judging", Judging.JUDGED))
    return Grade(verdict=Verdict(score.as_str()), why=score.explanation or "", judging=judging)


def _asked(sample: EvalSample) -> tuple[Message, ...]:
    assert not isinstance(sample.input, str)
    return tuple(Message(role=Role(message.role), content=message.text) for message in sample.input)


def _sample(situation: Situation, messages: Sequence[Message]) -> Sample:
    return Sample(
        id=situation.id,
        input=chat_messages(messages),
        metadata={
            "row": situation.row,
            "group": str(situation.group),
            "suite": str(situation.suite),
            "pressure": str(situation.pressure),
            "clause_ids": list(situation.clause_ids),
            "must": list(situation.must),
            "must_not": list(situation.must_not),
        },
    )


@metric
def passed() -> Metric:
    """The share of verdicts that are a pass, for all and row by row; UNCLEAR and INVALID are no pass."""

    def compute(scores: list[SampleScore]) -> MetricValue:
        rows: dict[str, list[bool]] = {"all": []}
        for score in scores:
            is_pass = score.score.value == Verdict.PASS.value
            rows["all"].append(is_pass)
            rows.setdefault(str((score.sample_metadata or {}).get("row", "")), []).append(is_pass)
        return {row: sum(passes) / len(passes) for row, passes in rows.items() if passes}

    return compute


@metric
def counted() -> Metric:
    """How many replies got which verdict, and how many were judged in each row."""

    def compute(scores: list[SampleScore]) -> MetricValue:
        verdicts = Counter({verdict.value: 0 for verdict in Verdict})
        verdicts.update(str(score.score.value) for score in scores)
        rows = Counter(f"n of {(score.sample_metadata or {}).get('row', '')}" for score in scores)
        return {**verdicts, "n": len(scores), **rows}

    return compute


def score_of(graded: Graded, reply: str) -> Score:
    """A judge's word as a score of Inspect: the verdict as its value, and beside it whether anything was judged."""
    return Score(
        value=graded.verdict.value,
        answer=reply,
        explanation=graded.why,
        metadata={"judging": graded.judging.value},
    )


def _scorer(
    situations: Sequence[Situation], judge: GradesReplies | AsksJudge, advance: Callable[[int], None] | None
) -> Scorer:
    """The judge's verdict on the reply, as a word, with its reason.

    The scorer that Inspect sees takes no arguments: it would write them into the log of every sample.
    """
    by_id = {situation.id: situation for situation in situations}

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - Inspect's signature, no target here
        reply = state.output.completion
        withheld = _withheld(state.output)
        graded: Graded
        if withheld:
            graded = Grade.missing(Judging.NOT_REACHED, withheld)
        else:
            graded = await judged_by(judge, by_id[str(state.sample_id)], reply)
        if advance is not None:
            advance(1)
        return score_of(graded, reply)

    @scorer(metrics=[passed(), counted()], name="verdict")
    def verdict() -> Scorer:
        return score

    return verdict()


def _withheld(output: ModelOutput) -> str:
    """Why there is no reply to judge, or nothing; a reply cut off at its length goes to the judge as it is."""
    if output.error:
        return f"not answered: {output.error}"
    if not output.choices:
        return "the model gave no reply"
    return _WITHHELD.get(output.stop_reason, "")
