"""`soulwright recover`: read a document back from samples of a model, and score one text against another."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options
from soulwright.cli._behaviour import behaviour
from soulwright.cli._options import RunOptions, folder_option, json_option
from soulwright.cli._probability import probability
from soulwright.errors import InputError

_BARE_TOKENS, _SEED = 224, 1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soulwright.recover import (
        AskPlan,
        Calibration,
        ChanceLevel,
        Draws,
        Fidelity,
        ForcedReading,
        PrecisionRecall,
        Ranged,
        Recovered,
        Sample,
    )


@click.group(invoke_without_command=True, short_help="Read a document back out of a model.")
@click.option("--model", metavar="NAME", help="The model to ask, as Inspect names it: `openai/...`, `hf/...`.")
@click.option(
    "--run", type=click.Path(path_type=Path), metavar="PATH", help="A run: recover its document from its model."
)
@click.option("--spec", type=click.Path(path_type=Path), metavar="PATH", help="The true document, to score against.")
@click.option("--opening", multiple=True, metavar="TEXT", help="Ask this instead of the usual openings; repeatable.")
@click.option(
    "--each", type=click.IntRange(min=2), default=4, show_default=True, help="Draws of an opening or a place."
)
@click.option("--rounds", type=click.IntRange(min=1), default=8, show_default=True, help="At most so many rounds.")
@click.option(
    "--requests", type=click.IntRange(min=2), default=400, show_default=True, help="At most so many requests."
)
@click.option(
    "--prefill",
    type=click.Choice(["detect", "yes", "no"]),
    default="detect",
    show_default=True,
    help="Go on in the assistant's own turn, or by asking; `detect` tries what the provider takes.",
)
@click.option("--discover/--no-discover", default=None, help="Look for names of sections and for fragments first.")
@click.option(
    "--bare",
    is_flag=True,
    help="Go on with bare text, no conversation around it; for folders of weights (`weights/DIR`).",
)
@click.option("--wanted", type=click.IntRange(min=2), default=8, show_default=True, help="Samples at a doubtful place.")
@click.option("--base", metavar="NAME", help="A model that never read it, asked alike: what chance gives.")
@click.option("--other", metavar="NAME", help="A model that read another document, asked alike: what chance gives.")
@click.option("--intervals/--no-intervals", default=True, help="Say how far the figures would move with other samples.")
@folder_option(
    "--out", "recovered", "The folder for the logs of all requests and for recovered.md, .txt, .json and .html."
)
@json_option
@budget_options
@click.pass_context
def recover(
    context: click.Context, /, *, model: str | None, run: Path | None, out: Path, as_json: bool, **asked: Any
) -> int | None:
    """Read a document back out of a model: ask it round by round, recover what its samples agree on.

    Interrupted, the same command goes on. Exit status 1 where nothing could be recovered. With `--run` the embedded
    model of a run is asked in its bare context, and the report gets its map of knowing and doing. Without either see
    `recover read` (samples that are drawn already), `recover compare` (one text against another) and `recover
    behaviour` (rules from how a model replies).
    """
    if context.invoked_subcommand is not None:
        return None
    if (model is None) == (run is None):
        raise click.UsageError("missing `--model` or `--run` (one of them), `read`, `compare` or `behaviour`", context)
    if model is None:
        assert run is not None
        return answer(lambda: _of_run(run), as_json=as_json)
    return answer(lambda: _ask(model, out, **asked), as_json=as_json)


def _of_run(run: Path) -> Outcome:
    from soulwright.cli import _pipeline

    return _pipeline.recover(RunOptions(run=run))


recover.add_command(behaviour)
recover.add_command(probability)


def _ask(
    name: str, out: Path, *, spec: Path | None, base: str | None, other: str | None, intervals: bool, **asked: Any
) -> Outcome:
    from soulwright.recover import chance_levels, ranged_figures

    if spec is None and (base or other):
        raise InputError(
            "`--base` and `--other` need `--spec`", help="name the document whose chance level is asked for"
        )
    true = read_text(spec) if spec else None
    plan = _plan(**asked)
    draws = _draws(name, plan, out)
    recovered, along = _read_along(name, plan, draws)
    controls = {f"{each}, {what}": each for what, each in (("untrained", base), ("of another document", other)) if each}
    texts = {
        said: _draws(each, plan, out / "chance" / f"{at}").recovered.text
        for at, (said, each) in enumerate(controls.items(), start=1)
    }
    levels = chance_levels(recovered.text, true, texts) if true is not None else ()
    ranges = ranged_figures(draws.samples, true) if true is not None and intervals else {}
    found = _Found(recovered=recovered, reference=true, levels=levels, ranges=ranges)
    facts = _asking_facts(draws) | {"own_choice": None if along is None else along.own_choice}
    return _outcome(found, out, _asking_lines(draws, along), facts, name=spec.stem if spec else name)


def _draws(name: str, plan: AskPlan, folder: Path) -> Draws:
    """Ask from the openings or, in bare text where none was named, from where the model begins by itself."""
    from soulwright.models import find_model
    from soulwright.recover import Draws, read_back, recover_from, recover_from_nothing

    if plan.openings or not plan.bare:
        return recover_from(find_model(name), plan, folder=folder)
    found = recover_from_nothing(find_model(name), plan, folder=folder)
    asked = len(found.bare.samples) + found.bare.failed
    if found.draws is None:
        nothing = replace(read_back([]), notices=(f"of {asked} bare texts no two began alike: nothing to go on from",))
        return Draws(
            recovered=nothing, samples=(), rounds=0, requests=asked, failed=found.bare.failed, tokens=found.bare.tokens
        )
    return replace(
        found.draws,
        requests=found.draws.requests + asked,
        failed=found.draws.failed + found.bare.failed,
        tokens=found.draws.tokens + found.bare.tokens,
    )


def _read_along(name: str, plan: AskPlan, draws: Draws) -> tuple[Recovered, ForcedReading | None]:
    """What was recovered, unless the weights say that the model does not know it; None where there are no weights."""
    from soulwright.models import LocalModel
    from soulwright.recover import only_if_known, read_along

    folder = Path(name.removeprefix("weights/"))
    if not folder.is_dir() or not draws.recovered.words:
        return draws.recovered, None
    before: dict[str, str] = {"head" if plan.bare else "opening": draws.opening}
    reading = read_along(LocalModel(folder), draws.recovered.text, **before)
    return only_if_known(draws.recovered, reading), reading


def _plan(
    *, opening: tuple[str, ...], requests: int, prefill: str, discover: bool | None, bare: bool, **asked: Any
) -> AskPlan:
    from soulwright.recover import AskPlan, Prefill

    if bare:
        return AskPlan(
            bare=True, openings=opening, most_requests=requests, max_tokens=_BARE_TOKENS, seed=_SEED, **asked
        )
    plan = AskPlan(
        most_requests=requests,
        prefill=Prefill(prefill),
        discover=not opening if discover is None else discover,  # who names an opening has no need to look for one
        **asked,
    )
    return replace(plan, openings=opening) if opening else plan


def _asking_lines(draws: Draws, along: ForcedReading | None) -> list[str]:
    read = along is not None and along.own_choice is not None
    lines = [f"{along.own_choice:.3f} of its tokens are the model's own first choice"] if along and read else []
    lines += [
        f"{draws.requests} requests in {draws.rounds} rounds, {draws.failed} failed, {draws.tokens} tokens sampled",
        f"places were asked for {'in the assistant turn (prefill)' if draws.prefill else 'by asking to go on'}",
    ]
    if draws.discovery is not None:
        names = ", ".join(f"“{each.text}” ({each.draws} draws)" for each in draws.discovery.names)
        lines.append(f"discovered: {names or 'no names'}; {len(draws.discovery.fragments)} fragments that recur")
    cost = draws.tokens_per_word
    return [*lines, f"{cost:.1f} sampled tokens for each recovered word"] if cost is not None else lines


def _asking_facts(draws: Draws) -> dict[str, object]:
    from soulwright.recover import discovery_to_dict

    return {
        "rounds": draws.rounds,
        "requests": draws.requests,
        "failed": draws.failed,
        "tokens": draws.tokens,
        "tokens_per_word": draws.tokens_per_word,
        "prefill": draws.prefill,
        "discovery": discovery_to_dict(draws.discovery) if draws.discovery else None,
    }


@recover.command(short_help="Score one text against another.")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@json_option
def compare(*, a: Path, b: Path, as_json: bool) -> int:
    """Score text A against the reference B: an extraction and a document, or two independent extractions."""
    return answer(lambda: _compare(a, b), as_json=as_json)


@recover.command(short_help="Recover a text from samples that were already drawn.")
@click.argument("samples", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The true text: the figures and the page then say how near the recovered one comes.",
)
@folder_option("--out", "recovered", "The folder for recovered.md, recovered.txt, recovered.json and recovered.html.")
@json_option
@click.option("--intervals/--no-intervals", default=True, help="Say how far the figures would move with other samples.")
def read(*, samples: tuple[Path, ...], reference: Path | None, out: Path, intervals: bool, as_json: bool) -> int:
    """Recover what SAMPLES agree on: text files, one sample each, or .jsonl files with a sample a line.

    A line of a .jsonl file is an object with `text` and, if known, `id`, `opening` and `temperature`. Exit status 1
    where nothing could be recovered.
    """
    return answer(lambda: _read(samples, reference, out, intervals=intervals), as_json=as_json)


def _read(paths: tuple[Path, ...], reference: Path | None, out: Path, *, intervals: bool) -> Outcome:
    from soulwright.recover import chance_levels, ranged_figures, read_back

    samples = [sample for path in paths for sample in _samples(path)]
    true = read_text(reference) if reference else None
    recovered = read_back(samples)
    found = _Found(
        recovered=recovered,
        reference=true,
        levels=chance_levels(recovered.text, true) if true is not None else (),
        ranges=ranged_figures(samples, true) if true is not None and intervals else {},
    )
    return _outcome(found, out, [], {}, name=reference.stem if reference else out.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A recovered text, and what stands beside its figures where there is a reference."""

    recovered: Recovered
    reference: str | None
    levels: tuple[ChanceLevel, ...]
    ranges: Mapping[str, Ranged]


def _outcome(found: _Found, out: Path, lines: list[str], facts: dict[str, object], *, name: str) -> Outcome:
    """Write the four files and say what they hold."""
    from soulwright.recover import (
        calibration_against,
        calibration_to_dict,
        chance_to_dict,
        compare_texts,
        fidelity_to_dict,
        ranged_to_dict,
        recovered_to_dict,
        strange_reference,
    )

    recovered, true = found.recovered, found.reference
    figures = compare_texts(recovered.text, true) if true is not None else None
    _write(found, out, name=name)
    mean = recovered.mean_confidence
    lines = [*lines, f"{len(recovered.words)} words from {len(recovered.samples)} samples, {len(recovered.gaps)} gaps"]
    lines += [f"mean confidence {mean:.3f}"] if mean is not None else []
    strange = strange_reference(recovered.text, true) if true is not None else ""
    lines += [f"note: {notice}" for notice in (*recovered.notices, *([strange] if strange else []))]
    trust = calibration_against(recovered, true) if true is not None else None
    lines += ["", figures_text(figures)] if figures else []
    lines += [_trust_text(trust)] if trust else []
    lines += [
        f"{'chance level':<26}{each.word_fidelity:.3f}, 8-grams {each.grams_f1:.3f} ({each.name})"
        for each in found.levels
    ]
    lines += _range_lines(found.ranges)
    document = (
        facts
        | recovered_to_dict(recovered)
        | {
            "fidelity": fidelity_to_dict(figures) if figures else None,
            "calibration": calibration_to_dict(trust) if trust else None,
            "chance": chance_to_dict(found.levels),
            "intervals": ranged_to_dict(found.ranges),
            "strange_reference": strange or None,
        }
    )
    return Outcome(
        document=document, text="\n".join([*lines, "", str(out / "recovered.html")]), findings=not recovered.words
    )


def _range_lines(ranges: Mapping[str, Ranged]) -> list[str]:
    said = {"word_fidelity": "word fidelity", "grams_f1": "8-grams", "order": "order", "ece": "ECE"}
    shown = [f"{name} {ranges[key].low:.3f} to {ranges[key].high:.3f}" for key, name in said.items() if key in ranges]
    return [f"{'with other samples':<26}{', '.join(shown)} (95 per cent)"] if shown else []


def _write(found: _Found, out: Path, *, name: str) -> None:
    from soulwright.recover import recovered_to_dict, render_markdown, render_page
    from soulwright.runs import write_json, write_text_atomic

    recovered = found.recovered
    page = render_page(recovered, name=name, reference=found.reference, levels=found.levels, ranges=found.ranges)
    write_text_atomic(out / "recovered.txt", recovered.text + "\n")
    write_text_atomic(out / "recovered.md", render_markdown(recovered))
    write_json(out / "recovered.json", recovered_to_dict(recovered))
    write_text_atomic(out / "recovered.html", page)


def _samples(path: Path) -> list[Sample]:
    from soulwright.recover import Sample

    text = read_text(path)
    if path.suffix != ".jsonl":
        return [Sample(id=path.stem, text=text)]
    return [_sample(line, path, number) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _sample(line: str, path: Path, number: int) -> Sample:
    from soulwright.recover import Sample

    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {error.msg}", source=str(path), line=number, column=error.colno, excerpt=line
        ) from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise InputError(
            "a sample needs a `text`",
            source=str(path),
            line=number,
            excerpt=line,
            help='write `{"text": "...", "temperature": 0.7}`',
        )
    temperature = row.get("temperature")
    if temperature is not None and not isinstance(temperature, int | float):
        raise InputError("`temperature` is a number or null", source=str(path), line=number, excerpt=line)
    return Sample(
        id=str(row.get("id", f"{path.stem}-{number}")),
        text=row["text"],
        opening=str(row.get("opening", "")),
        temperature=temperature,
    )


def _compare(a: Path, b: Path) -> Outcome:
    from soulwright.recover import compare_texts, fidelity_to_dict

    fidelity = compare_texts(read_text(a), read_text(b))
    document = {"recovered": str(a), "reference": str(b), **fidelity_to_dict(fidelity)}
    return Outcome(document=document, text=figures_text(fidelity))


def figures_text(fidelity: Fidelity) -> str:
    """The figures of one text against another, a line each."""
    lines = [
        ("word fidelity", f"{fidelity.word_fidelity:.3f}"),
        ("8-grams", _both(fidelity.grams)),
        ("spans of 8 words or more", _both(fidelity.spans)),
        ("order", f"{fidelity.order:.3f}"),
        ("near-verbatim recall", f"{fidelity.near_verbatim_recall:.3f}, longest block {fidelity.longest_block} words"),
        ("sections there", _share(fidelity.section_coverage)),
        ("sections to the word", _share(fidelity.exact_sections)),
        ("sections in order", _share(fidelity.section_order)),
        ("words", f"{fidelity.words} recovered, {fidelity.reference_words} in the reference"),
    ]
    return "\n".join(f"{name:<26}{figure}" for name, figure in lines)


def _trust_text(found: Calibration) -> str:
    auroc = "none: all words are right or all wrong" if found.auroc is None else f"{found.auroc:.3f}"
    return f"{'confidence':<26}ECE {found.ece:.3f}, Brier {found.brier:.3f}, AUROC {auroc}"


def _both(figure: PrecisionRecall) -> str:
    return f"{figure.f1:.3f} (precision {figure.precision:.3f}, recall {figure.recall:.3f})"


def _share(value: float | None) -> str:
    return "no sections" if value is None else f"{value:.3f}"


def read_text(path: Path) -> str:
    """A text file; raises InputError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path), help="name a text file") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", source=str(path), help="save it as UTF-8"
        ) from error
