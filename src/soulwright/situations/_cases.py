"""Cases that others wrote: conversations tagged with clauses or tenets, and replies to them with labels.

    load_cases(Path("cases.jsonl"), spec)        JSON lines, one case a line
    load_cases(Path("cases.csv"), spec)          a column a field; several values are separated by `|`
    load_cases(Path("cases.yaml"), spec)         a list of cases, or `cases:` beside `tenets:` (tenet -> clause)
    load_cases(Path("examples/m12p.md"), spec)   an evaluation set in the format of published specifications
    load_cases(Path("examples"), spec)           every such file of a folder

A case names its clauses (by id, locator or a tenet that `tenets` leads to a clause) and has either `prompt` (with
`system`, if any) or `messages`. Everything else may be left out: `id`, `must`, `must_not`, `suite`, `pressure`,
`layer`, `group`, `row`, `family`, and `reply` with its `label` (good or bad), its `author` (a model or a person) and
`why`, or several of them as `replies`. A field that nobody knows is an error, as is a clause that the document has not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from soulwright.errors import InputError, InputErrors
from soulwright.situations._case_files import LISTS, Row, rows_of_csv, rows_of_json_lines, rows_of_yaml
from soulwright.situations._situations import Layer, Message, Pressure, Role, RowGroup, Situation, Suite
from soulwright.spec import Spec, Turn, load_document

_READERS = {".jsonl": rows_of_json_lines, ".csv": rows_of_csv, ".yaml": rows_of_yaml, ".yml": rows_of_yaml}
_MARKDOWN = ".md"
_SET = re.compile(r"Examples for \[\^(?P<set>[\w-]+)\]")
_FROM_TOOL = "[what the tool `{name}` returned; it is not from the user]\n{text}"


class Label(StrEnum):
    """What whoever labelled a reply says of it."""

    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledReply:
    """A reply to a case; `label` is None where nobody labelled it, `author` is the model or person that wrote it."""

    text: str
    label: Label | None = None
    author: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A situation that somebody else wrote, the replies that came with it, and where it stands."""

    situation: Situation
    replies: tuple[LabelledReply, ...]
    source: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """All cases of a file or folder; `left_out` says what could not become a case, and why."""

    cases: tuple[Case, ...]
    left_out: tuple[str, ...] = ()


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    role: Role
    content: str


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    text: str
    label: Label | None = None
    author: str = ""
    why: str = ""


class _Written(BaseModel):
    """One case as it is written in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = ""
    clause: str = ""
    clauses: list[str] = Field(default=[], validation_alias=AliasChoices("clauses", "clause_ids"))
    tenet: str = ""
    tenets: list[str] = []
    system: str = ""
    prompt: str = ""
    messages: list[_Message] = []
    must: list[str] = []
    must_not: list[str] = []
    suite: Suite = Suite.ALL
    pressure: Pressure = Pressure.NONE
    layer: Layer | None = None
    group: RowGroup = RowGroup.CLAUSE
    row: str = ""
    family: str = ""
    reply: str = ""
    label: Label | None = None
    author: str = ""
    why: str = ""
    replies: list[_Reply] = []
    canary: str = ""  # `soulwright situations` marks the rows of its frozen core


def load_cases(path: Path, spec: Spec, *, tenets: Mapping[str, str] | None = None) -> CaseFile:
    """The cases of a file, or of every file of a folder; `tenets` leads the names that others use to clauses.

    InputErrors with file, line, field and remedy where a case is wrong; nothing is imported then.
    """
    files = _files(path)
    cases: list[Case] = []
    left_out: list[str] = []
    errors: list[InputError] = []
    for file in files:
        try:
            found = _markdown(file, spec) if file.suffix == _MARKDOWN else _table(file, spec, tenets or {})
        except InputErrors as several:
            errors += several.errors
        except InputError as error:
            errors.append(error)
        else:
            cases += found.cases
            left_out += found.left_out
    errors += _repeated(cases)
    if errors:
        raise InputErrors(tuple(errors))
    if not cases:
        raise InputError("there is no case in it", source=str(path), help="; ".join(left_out[:3]))
    return CaseFile(cases=tuple(cases), left_out=tuple(left_out))


def messages_of(turns: Iterable[Turn]) -> tuple[Message, ...]:
    """The turns of a document's dialogue as messages; what a tool returned stands in a user message and says so."""
    return tuple(_message(turn) for turn in turns)


def layer_of_messages(messages: Sequence[Message]) -> Layer:
    """Who speaks, as far as the roles tell: with a system prompt the operator, else the user alone."""
    return Layer.OPERATOR if any(message.role is Role.SYSTEM for message in messages) else Layer.NO_SYSTEM


def _message(turn: Turn) -> Message:
    text = turn.text.strip("\n")
    if turn.role == "tool":
        return Message(role=Role.USER, content=_FROM_TOOL.format(name=turn.attributes.get("name", "tool"), text=text))
    role = {"assistant": Role.ASSISTANT, "user": Role.USER}.get(turn.role, Role.SYSTEM)
    return Message(role=role, content=text)


def _files(path: Path) -> list[Path]:
    known = ", ".join(f"`{suffix}`" for suffix in (*_READERS, _MARKDOWN))
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (*_READERS, _MARKDOWN))
        if not files:
            raise InputError("there are no case files here", source=str(path), help=f"they end in {known}")
        return files
    if path.suffix not in (*_READERS, _MARKDOWN):
        raise InputError(f"`{path.suffix}` is no format of cases", source=str(path), help=f"known are {known}")
    return [path]


def _table(path: Path, spec: Spec, tenets: Mapping[str, str]) -> CaseFile:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path), help="name a file of cases") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", source=str(path), help="save it as UTF-8"
        ) from error
    rows, named = _READERS[path.suffix](text, str(path))
    reading = _Reading(spec=spec, tenets={**named, **tenets}, source=str(path), stem=path.stem)
    cases = [reading.case(number, row) for number, row in enumerate(rows)]
    if reading.errors:
        raise InputErrors(tuple(reading.errors))
    return CaseFile(cases=tuple(case for case in cases if case is not None))


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One table of cases while it is read; every mistake in it is found before the first is raised."""

    spec: Spec
    tenets: Mapping[str, str]
    source: str
    stem: str
    errors: list[InputError] = field(default_factory=list)

    def case(self, number: int, row: Row) -> Case | None:
        before = len(self.errors)
        written = self._written(row)
        if written is None:
            return None
        clauses = self._clauses(written, row)
        messages = self._messages(written, row)
        replies = self._replies(written, row)
        if len(self.errors) > before:
            return None
        situation = Situation(
            id=written.id or f"{self.stem}#{number}",
            row=written.row or clauses[0],
            group=written.group,
            clause_ids=clauses,
            messages=messages,
            suite=written.suite,
            pressure=written.pressure,
            layer=written.layer or layer_of_messages(messages),
            must=tuple(written.must),
            must_not=tuple(written.must_not),
            family=written.family,
        )
        return Case(situation=situation, replies=replies, source=self.source, line=row.line)

    def _written(self, row: Row) -> _Written | None:
        values = {name: _listed(name, value) for name, value in row.values.items()}
        try:
            return _Written.model_validate(values)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                where = ".".join(str(part) for part in each["loc"])
                self._wrong(row, f"`{where}`: {_said(each['type'], each['msg'])}", _remedy(each["type"]))
            return None

    def _clauses(self, written: _Written, row: Row) -> tuple[str, ...]:
        names = [*filter(None, (written.clause, written.tenet)), *written.clauses, *written.tenets]
        if not names:
            self._wrong(row, "`clauses`: the case names no clause", "tag it with a clause id, or with a tenet")
        found: list[str] = []
        for name in names:
            clause = self.spec.find(self.tenets.get(name, name))
            if clause is None:
                remedy = "`soulwright check --clauses` lists them; `tenets:` leads other names to clauses"
                self._wrong(row, f"`clauses`: the document has no clause `{name}`", remedy)
            else:
                found.append(clause.id)
        return tuple(dict.fromkeys(found))

    def _messages(self, written: _Written, row: Row) -> tuple[Message, ...]:
        if bool(written.prompt) is bool(written.messages):
            self._wrong(row, "`prompt`: a case has either a prompt or messages", "give one of the two")
            return ()
        if written.messages:
            messages = tuple(Message(role=one.role, content=one.content) for one in written.messages)
        else:
            messages = (Message(role=Role.USER, content=written.prompt),)
        if written.system:
            messages = (Message(role=Role.SYSTEM, content=written.system), *messages)
        if messages[-1].role is not Role.USER:
            self._wrong(
                row, "`messages`: the last one is not the user's", "end with the message that is to be answered"
            )
        return messages

    def _replies(self, written: _Written, row: Row) -> tuple[LabelledReply, ...]:
        replies = tuple(
            LabelledReply(text=one.text, label=one.label, author=one.author, why=one.why) for one in written.replies
        )
        if written.reply:
            own = LabelledReply(text=written.reply, label=written.label, author=written.author, why=written.why)
            return (own, *replies)
        if written.label is not None:
            self._wrong(row, "`label`: there is no reply that it could be about", "add `reply`")
        return replies

    def _wrong(self, row: Row, message: str, help: str) -> None:
        self.errors.append(InputError(message, source=self.source, line=row.line, help=help))


def _listed(name: str, value: object) -> object:
    """A single word where a list of them is asked."""
    return [value] if name in LISTS and isinstance(value, str) else value


def _said(kind: str, message: str) -> str:
    return "nobody knows this field" if kind == "extra_forbidden" else message[:1].lower() + message[1:]


def _remedy(kind: str) -> str:
    if kind == "extra_forbidden":
        return f"known are {', '.join(f'`{name}`' for name in _Written.model_fields)}"
    return "mend the value, or leave the field out"


def _repeated(cases: Sequence[Case]) -> Iterator[InputError]:
    counts = Counter(case.situation.id for case in cases)
    for case in cases:
        if counts[case.situation.id] > 1:
            message = f"`id`: `{case.situation.id}` stands for several cases"
            yield InputError(message, source=case.source, line=case.line, help="give each case an id of its own")


def _markdown(path: Path, spec: Spec) -> CaseFile:
    """An evaluation set: the clause is the one that names the set; each dialogue up to its last message of a user."""
    document = load_document(path)
    named = _SET.search(document.text)
    name = named["set"] if named else path.stem
    owners = [clause.id for clause in spec.clauses if name in clause.evaluations]
    if not owners:
        why = f"{path}: no clause of `{spec.name}` names the evaluation set `{name}`"
        return CaseFile(cases=(), left_out=(why,))
    cases: list[Case] = []
    left_out: list[str] = []
    for number, block in enumerate(document.examples):
        turns = [turn for turn in block.dialogue.turns if turn.verdict is None]
        while turns and turns[-1].role not in ("user", "tool"):
            turns.pop()
        if not turns:
            left_out.append(f"{path}:{block.span.line}: only operators speak in this example, no user asks")
            continue
        messages = messages_of(turns)
        situation = Situation(
            id=f"{name}#{number}",
            row=owners[0],
            group=RowGroup.CLAUSE,
            clause_ids=tuple(owners),
            messages=messages,
            suite=Suite.ALL,
            pressure=Pressure.NONE,
            layer=layer_of_messages(messages),
            must=(),
        )
        cases.append(Case(situation=situation, replies=(), source=str(path), line=block.span.line))
    return CaseFile(cases=tuple(cases), left_out=tuple(left_out))
