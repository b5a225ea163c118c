"""Deployments, users and providers from files: everything is checked before anything is used, and wrong is never wider.

A name that the document does not know, a value out of range, a paper that has lapsed: each is an error at its place in
the file, with the remedy. What an operator may not do is no error of the file: the ruling refuses it and says why.
"""

from __future__ import annotations

import datetime
import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from soulwright.errors import InputError
from soulwright.policy._deployment import Deployment, Paper, PaperSort, Persona, UserAdjustments
from soulwright.policy._files import DeploymentFile, PaperEntry, ProviderFile, UserFile
from soulwright.policy._switches import Switch, levels_of, switches
from soulwright.policy._yaml import MAX_CHARS, Path, YamlFile
from soulwright.spec import Kind, Spec

_Model = TypeVar("_Model", bound=BaseModel)


def load_deployment(path: str | FilePath, *, today: datetime.date, spec: Spec | None = None) -> Deployment:
    """The deployment in the YAML file at `path`, checked against `spec` where one is given.

    Raises `DeploymentErrors` with every mistake at its place, `InputError` where the file cannot be read.
    """
    return read_deployment(_text(path), source=str(path), today=today, spec=spec)


def read_deployment(
    text: str, *, today: datetime.date, spec: Spec | None = None, source: str = "<deployment>"
) -> Deployment:
    """As `load_deployment`, from text."""
    file = YamlFile(text, source)
    parsed = _validated(file, DeploymentFile)
    for sort, entries in (("agreements", parsed.agreements), ("attestations", parsed.attestations)):
        _check_papers(file, sort, entries, today)
    for key in ("grants", "locked", "scope"):
        _check_once(file, key, getattr(parsed, key))
    for name in set(parsed.grants) & set(parsed.locked):
        where = ("grants", parsed.grants.index(name))
        file.wrong(where, f"`{name}` is both granted and locked", "grant it to users, or lock it")
    for name in parsed.settings.keys() & parsed.implied.keys():
        file.wrong(("implied", name), f"`{name}` is both set and implied", "keep it under `settings`", key=True)
    if spec is not None:
        found = switches(spec)
        _check_settings(file, spec, found, {"settings": parsed.settings, "implied": parsed.implied})
        for key in ("grants", "locked"):
            for index, name in enumerate(getattr(parsed, key)):
                _check_name(file, (key, index), spec, found, name, key=False)
    file.raise_any()
    return _deployment(parsed)


def load_user(path: str | FilePath, *, spec: Spec | None = None) -> UserAdjustments:
    """The user's wishes in the YAML file at `path`; errors as those of `load_deployment`."""
    return read_user(_text(path), source=str(path), spec=spec)


def read_user(text: str, *, spec: Spec | None = None, source: str = "<user>") -> UserAdjustments:
    """As `load_user`, from text."""
    file = YamlFile(text, source)
    parsed = _validated(file, UserFile)
    if spec is not None:
        _check_settings(file, spec, switches(spec), {"settings": parsed.settings, "implied": parsed.implied})
    file.raise_any()
    return UserAdjustments(settings=parsed.settings, implied=parsed.implied)


def load_layers(path: str | FilePath, *, spec: Spec) -> Mapping[str, Mapping[str, str]]:
    """The provider's own configuration, for `Deployment.layers`: only levels above the operator's may stand in it."""
    return read_layers(_text(path), source=str(path), spec=spec)


def read_layers(text: str, *, spec: Spec, source: str = "<provider>") -> Mapping[str, Mapping[str, str]]:
    """As `load_layers`, from text."""
    file = YamlFile(text, source)
    parsed = _validated(file, ProviderFile)
    allowed = levels_of(spec).above_operator()
    for level, settings in parsed.layers.items():
        if level not in allowed:
            file.wrong(
                ("layers", level),
                f"`{level}` is no level of the provider's",
                f"the levels above the operator's are {', '.join(allowed) or 'none'}",
                key=True,
            )
        _check_settings(file, spec, switches(spec), {level: settings}, under=("layers",))
    file.raise_any()
    return parsed.layers


def deployment_to_dict(deployment: Deployment) -> dict[str, object]:
    """The deployment as its file says it: `read_deployment` of it as YAML gives an equal one back."""
    said: dict[str, object] = {
        "operator": deployment.operator,
        "agreements": list(_papers(deployment, PaperSort.AGREEMENT, deployment.agreements)),
        "attestations": list(_papers(deployment, PaperSort.ATTESTATION, deployment.attestations)),
        "settings": dict(deployment.settings),
        "implied": dict(deployment.implied),
        "grants": sorted(deployment.grants),
        "locked": sorted(deployment.locked),
        "scope": list(deployment.scope),
        "system_prompt": deployment.system_prompt,
    }
    if deployment.persona is not None:
        said["persona"] = {"name": deployment.persona.name, "description": deployment.persona.description}
    return {key: value for key, value in said.items() if value or key == "operator"}


def deployment_to_yaml(deployment: Deployment) -> str:
    """A deployment file; what would not be read back as typed is quoted."""
    return yaml.safe_dump(deployment_to_dict(deployment), sort_keys=False, allow_unicode=True, width=120)


def user_to_dict(user: UserAdjustments) -> dict[str, object]:
    """The user's wishes as their file says them."""
    said = {"settings": dict(user.settings), "implied": dict(user.implied)}
    return {key: value for key, value in said.items() if value}


def hash_of(said: Deployment | UserAdjustments) -> str:
    """A fingerprint of everything that a deployment or a user brings, the provider's layers included."""
    if isinstance(said, Deployment):
        content = deployment_to_dict(said) | {"layers": {level: dict(to) for level, to in said.layers.items()}}
    else:
        content = user_to_dict(said)
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _text(path: str | FilePath) -> str:
    source = str(path)
    try:
        raw = FilePath(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read the file: {reason}", source=source, help="check the path") from error
    if len(raw) > 4 * MAX_CHARS:
        raise InputError("the file is too large", source=source, help=f"keep it under {MAX_CHARS} characters")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError("the file is not UTF-8", source=source, line=line, help="save it as UTF-8") from error


def _validated(file: YamlFile, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(file.values)
    except ValidationError as error:
        for detail in error.errors():
            _record(file, detail, model)
    file.raise_any()
    raise AssertionError("a validation error always names a mistake")


def _record(file: YamlFile, detail: ErrorDetails, model: type[BaseModel]) -> None:
    """One complaint of pydantic's as one of ours."""
    at_key = detail["loc"][-1:] == ("[key]",)
    path: Path = detail["loc"][:-1] if at_key else detail["loc"]
    said = path[-1] if path else ""
    match detail["type"]:
        case "extra_forbidden":
            known = _keys_at(model, path)
            near = difflib.get_close_matches(str(said), known, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
            file.wrong(path, f"unknown key `{said}`", remedy, key=True)
        case "missing":
            file.wrong(path, f"`{said}` is missing", f"add a line `{said}: ...`")
        case "string_pattern_mismatch":
            file.wrong(
                path, f"`{_shown(detail['input'])}` is not a word", "use letters, digits, `_`, `-` and `.`", key=at_key
            )
        case "string_type":
            file.wrong(path, f"`{said}` is not a single word or text", "write one value, not a list or a mapping")
        case "dict_type" | "model_type" | "model_attributes_type":
            file.wrong(path, f"`{said}` is not a mapping", "write one line `key: value` for each entry beneath it")
        case "list_type":
            file.wrong(path, f"`{said}` is not a list", "write `[one, two]`, or one line `- word` for each")
        case "value_error":
            file.wrong(path, f"`{_shown(detail['input'])}` is not a day", detail["msg"].removeprefix("Value error, "))
        case _:
            file.wrong(path, f"`{said}`: {detail['msg'][:1].lower()}{detail['msg'][1:]}", "make it shorter")


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    if path[:1] in (("agreements",), ("attestations",)) and len(path) > 1:
        return list(PaperEntry.model_fields)
    if path[:1] == ("persona",) and len(path) > 1:
        return ["name", "description"]
    return list(model.model_fields)


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _check_papers(file: YamlFile, sort: str, entries: list[PaperEntry], today: datetime.date) -> None:
    _check_once(file, sort, [entry.name for entry in entries])
    for index, entry in enumerate(entries):
        if entry.on and entry.until and entry.until < entry.on:
            file.wrong((sort, index, "until"), f"`{entry.name}` ends before it begins", "put the two days in order")
        elif entry.until and entry.until < today:
            message = f"`{entry.name}` lapsed on {entry.until.isoformat()}"
            file.wrong((sort, index, "until"), message, "have it renewed and write the new last day, or remove it")
        elif entry.on and entry.on > today:
            message = f"`{entry.name}` only begins on {entry.on.isoformat()}"
            file.wrong((sort, index, "on"), message, "add it on that day, or correct the date")


def _check_once(file: YamlFile, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            file.wrong((key, index), f"`{name}` stands twice in `{key}`", "keep one of the two")
        seen.add(name)


def _check_settings(
    file: YamlFile,
    spec: Spec,
    found: Mapping[str, Switch],
    sections: Mapping[str, Mapping[str, str]],
    *,
    under: Path = (),
) -> None:
    for key, settings in sections.items():
        for name, value in settings.items():
            path = (*under, key, name)
            switch = found.get(name)
            if switch is None:
                _check_name(file, path, spec, found, name, key=True)
            elif switch.kind is Kind.DEFAULT and value not in switch.values:
                file.wrong(path, f"`{name}` has no value `{value}`", f"its values are {', '.join(switch.values)}")


def _check_name(file: YamlFile, path: Path, spec: Spec, found: Mapping[str, Switch], name: str, *, key: bool) -> None:
    """A name that is nothing in the document is a mistake; one of a clause is left to the ruling, which refuses it."""
    by_id = {switch.clause_id: switch.name for switch in found.values() if switch.kind is Kind.DEFAULT}
    if name in by_id and name not in found:
        file.wrong(path, f"`{name}` is the clause, not the behaviour", f"write `{by_id[name]}`", key=key)
    elif name not in found and spec.about(name) is None and all(clause.id != name for clause in spec.clauses):
        file.wrong(path, f"`{spec.name}` has no behaviour `{name}`", _remedy(name, found), key=key)


def _remedy(name: str, found: Mapping[str, Switch]) -> str:
    movable = [known for known, switch in found.items() if switch.movers]
    near = difflib.get_close_matches(name, movable, n=1)
    return f"did you mean `{near[0]}`?" if near else f"it has {', '.join(movable) or 'none that anybody may adjust'}"


def _deployment(parsed: DeploymentFile) -> Deployment:
    papers = (
        *(_paper(entry, PaperSort.AGREEMENT) for entry in parsed.agreements),
        *(_paper(entry, PaperSort.ATTESTATION) for entry in parsed.attestations),
    )
    persona = parsed.persona
    return Deployment(
        operator=parsed.operator,
        agreements=frozenset(entry.name for entry in parsed.agreements),
        attestations=frozenset(entry.name for entry in parsed.attestations),
        settings=parsed.settings,
        implied=parsed.implied,
        grants=frozenset(parsed.grants),
        locked=frozenset(parsed.locked),
        papers=papers,
        persona=None if persona is None else Persona(name=persona.name, description=persona.description),
        scope=tuple(parsed.scope),
        system_prompt=parsed.system_prompt,
    )


def _paper(entry: PaperEntry, sort: PaperSort) -> Paper:
    return Paper(name=entry.name, sort=sort, version=entry.version, by=entry.by, on=entry.on, until=entry.until)


def _papers(deployment: Deployment, sort: PaperSort, words: frozenset[str]) -> Iterator[str | dict[str, str]]:
    """Each word once, with what is known of it."""
    known = {paper.name: paper for paper in deployment.papers if paper.sort is sort}
    for word in sorted(words):
        paper = known.get(word, Paper(name=word, sort=sort))
        details = {
            "version": paper.version,
            "by": paper.by,
            "on": paper.on.isoformat() if paper.on else "",
            "until": paper.until.isoformat() if paper.until else "",
        }
        said = {key: value for key, value in details.items() if value}
        yield {"name": word, **said} if said else word
