"""What `soulwright.toml` may say about a check:

[check]
fail-on = "warning"              # error, warning, suggestion or info: what makes the exit status 1
baseline = "check-baseline.json" # findings that somebody accepted; beside this file
examples = "examples"            # the folder of evaluation sets; beside the document if left out
changelog = "CHANGELOG.md"       # what an earlier version is held against; beside the document if left out

[check.rules]
SW302 = "off"                    # or a severity
SW403 = { severity = "warning", similarity = 0.95 }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from soulwright.errors import InputError
from soulwright.spec._marks import near
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Rule

CONFIG_NAME = "soulwright.toml"
OFF = "off"
_PATHS = ("baseline", "examples", "changelog")
_KEYS = ("fail-on", *_PATHS, "rules")
_LEVELS = (*Severity, OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """What a configuration says of one rule; `severity` None leaves the rule's own."""

    severity: Severity | None = None
    off: bool = False
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig:
    """How a document is to be checked. Paths are as they can be opened; None where they are not set."""

    fail_on: Severity = Severity.WARNING
    baseline: Path | None = None
    examples: Path | None = None
    changelog: Path | None = None
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)

    def setting(self, rule: Rule) -> RuleSetting:
        """What is asked of `rule`."""
        return self.rules.get(rule.id, RuleSetting())


def find_config(document: Path) -> Path | None:
    """The nearest `soulwright.toml` in the folder of `document` or above it; None where there is none."""
    folder = document.resolve().parent
    return next((path for path in (each / CONFIG_NAME for each in (folder, *folder.parents)) if path.is_file()), None)


def load_config(path: Path, rules: Iterable[Rule]) -> CheckConfig:
    """Read the table `check` of the file at `path`; what cannot be read or is not known is an `InputError`."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", source=str(path), help="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML: {error}", source=str(path), help="write `[check]` and `key = value`") from error
    return _read(written.get("check", {}), path, rules)


def _read(table: object, path: Path, rules: Iterable[Rule]) -> CheckConfig:
    """The configuration that `table` writes down; paths in it are relative to the file at `path`."""
    reader = _Reader(path, {rule.id: rule for rule in rules})
    written = reader.table(table, "check", _KEYS)
    paths = {key: reader.path(written.get(key), key) for key in _PATHS}
    return CheckConfig(
        fail_on=Severity(reader.choice(written.get("fail-on", Severity.WARNING), "fail-on", tuple(Severity))),
        rules=reader.rules(written.get("rules", {})),
        **paths,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks the values one by one; the first that cannot be used is raised."""

    source: Path
    known: Mapping[str, Rule]

    def wrong(self, message: str, help: str) -> InputError:
        return InputError(message, source=str(self.source), help=help)

    def table(self, value: object, name: str, keys: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.wrong(f"`{name}` is not a table", f"write `[{name}]` and one `key = value` a line")
        for key in value:
            if key not in keys:
                raise self.wrong(f"unknown key `{key}` in `{name}`", near(key, keys) or f"known are {', '.join(keys)}")
        return value

    def choice(self, value: object, name: str, choices: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(f"`{name}` cannot be `{value}`", f"write one of {', '.join(choices)}")
        return value

    def path(self, value: object, name: str) -> Path | None:
        if value is None:
            return None
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.wrong(f"`{name}` is not a path", f'write `{name} = "some/path"`')
        return self.source.parent / value

    def rules(self, value: object) -> Mapping[str, RuleSetting]:
        written = self.table(value, "check.rules", tuple(self.known))
        return {name: self.rule(name, setting) for name, setting in written.items()}

    def rule(self, name: str, value: object) -> RuleSetting:
        options = tuple(self.known[name].options)
        place = f"check.rules.{name}"
        written = {"severity": value} if isinstance(value, str) else self.table(value, place, ("severity", *options))
        severity = written.get("severity")
        if severity is not None:
            severity = self.choice(severity, place, _LEVELS)
        return RuleSetting(
            severity=None if severity in (None, OFF) else Severity(severity),
            off=severity == OFF,
            options={key: self.number(written[key], f"{place}.{key}") for key in options if key in written},
        )

    def number(self, value: object, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"`{name}` is not a number", "write a number such as 0.9")
        return float(value)
