"""`soulwright recover`: read a document back from samples of a model, and score one text against another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, plan_option, planned_outcome
from soulwright.cli._behaviour import behaviour
from soulwright.cli._drawn import read_text, samples_in, without_marks
from soulwright.cli._figures import Found, chance_lines, figures_text, outcome_of
from soulwright.cli._knowing import clauses
from soulwright.cli._options import RunOptions, folder_option, json_option
from soulwright.cli._probability import probability
from soulwright.errors import InputError

_SEED = 1
_OF_A_RUN = {"run", "as_json", "max_calls", "max_tokens", "max_cost", "prices", "settings"}

if TYPE_CHECKING:
    from soulwright.recover import AskPlan, Draws, ForcedReading, Recovered


@click.group(invoke_without_command=True, short_help="Read a document back out of a model.")
@click.option("--model", metavar="NAME", help="The model to ask, as Inspect names it: `openai/...`, `hf/...`.")
@click.option(
    "--run", type=click.Path(path_type=Path), metavar="PATH", help="A run: recover its document from its model."
)
@click.option("--spec", type=click.Path(path_type=Path), metavar="PATH", help="The true document, to score against.")
@click.option("--opening", multiple=True, metavar="TEXT", help="Ask this instead of the usual openings; repeatable.")
@click.option("--heading", multiple=True, metavar="TEXT", help="A known heading: ask for its section; repeatable.")
@click.option(
    "--prefix",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file with a known stretch of the document: go on from its end.",
)
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
@click.option(
    "--temperatures/--no-temperatures",
    default=True,
    help="Mix temperatures on purpose, or leave them to a provider that takes none.",
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
@plan_option
@json_option
@budget_options
@click.pass_context
def recover(
    context: click.Context,
    /,
    *,
    model: str | None,
    run: Path | None,
    out: Path,
    as_json: bool,
    plan: bool,
    **asked: Any,
) -> int | None:
    """Read a document back out of a model: ask it round by round, recover what its samples agree on.

    Interrupted, the same command goes on. Exit status 1 where nothing could be recovered. With `--run` the embedded
    model of a run is asked in its bare context, and the report gets its map of knowing and doing. Without either see
    `recover read` (samples that are drawn already), `recover compare` (one text against another), `recover clauses`
    (what a model knows of each clause) and `recover behaviour` (rules from how a model replies).
    """
    if context.invoked_subcommand is not None:
        return None
    if (model is None) == (run is None):
        raise click.UsageError("missing `--model` or `--run` (one of them), `read`, `compare` or `behaviour`", context)
    if model is None:
        assert run is not None
        _refuse_beside_run(context)
        return answer(lambda: _of_run(run), as_json=as_json)
    if plan:
        return answer(lambda: _planned(model, **asked), as_json=as_json)
    return answer(lambda: _ask(model, out, **asked), as_json=as_json)


def _refuse_beside_run(context: click.Context) -> None:
    """A run says itself how its model is asked: what would be ignored is refused."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in _OF_A_RUN
        and context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"`--run` asks its own model in its own way and takes no `{given[0]}`", context)


def _of_run(run: Path) -> Outcome:
    from soulwright.cli import _pipeline

    return _pipeline.recover(RunOptions(run=run))


recover.add_command(behaviour)
recover.add_command(probability)
recover.add_command(clauses)


def _ask(
    name: str, out: Path, *, spec: Path | None, base: str | None, other: str | None, intervals: bool, **asked: Any
) -> Outcome:
    from soulwright.recover import chance_levels, ranged_figures

    if spec is None and (base or other):
        raise InputError(
            "`--base` and `--other` need `--spec`", help="name the document whose chance level is asked for"
        )
    true = without_marks(read_text(spec)) if spec else None
    plan = _plan(**asked)
    draws, recovered, along = _drawn(name, plan, out)
    controls = {f"{each}, {what}": each for what, each in (("untrained", base), ("of another document", other)) if each}
    texts = {
        said: _drawn(each, plan, out / "chance" / f"{at}")[1].text
        for at, (said, each) in enumerate(controls.items(), start=1)
    }
    levels = chance_levels(recovered.text, true, texts) if true is not None else ()
    shown = recovered is draws.recovered  # of a text that is withheld there is nothing that could move
    ranges = ranged_figures(draws.samples, true) if true is not None and intervals and shown else {}
    found = Found(recovered=recovered, reference=true, levels=levels, ranges=ranges)
    facts = _asking_facts(draws) | {"own_choice": None if along is None else along.own_choice}
    return outcome_of(found, out, _asking_lines(draws, along), facts, name=spec.stem if spec else name)


def _planned(
    name: str,
    *,
    spec: Path | None,  # noqa: ARG001 - nobody is asked about the true document
    base: str | None,
    other: str | None,
    intervals: bool,  # noqa: ARG001 - nor for an interval
    **asked: Any,
) -> Outcome:
    """What would be asked of the model and of those beside it, at most."""
    from soulwright.recover import plan_recovery

    plan = _plan(**asked)
    return planned_outcome([row for each in (name, base, other) if each for row in plan_recovery(plan, each)])


def _drawn(name: str, plan: AskPlan, folder: Path) -> tuple[Draws, Recovered, ForcedReading | None]:
    """Ask from the openings or, in bare text where none was named, from where the model begins by itself."""
    from soulwright.models import ModelRole, find_model
    from soulwright.recover import along_with_weights, recover_from, recover_from_nothing

    model = find_model(name, ModelRole.TARGET)
    if plan.openings or not plan.bare:
        draws = recover_from(model, plan, folder=folder)
    else:
        draws = recover_from_nothing(model, plan, folder=folder).draws
    return (draws, *along_with_weights(model, plan, draws))


def _plan(
    *,
    opening: tuple[str, ...],
    heading: tuple[str, ...],
    prefix: Path | None,
    requests: int,
    bare: bool,
    discover: bool | None,
    **asked: Any,
) -> AskPlan:
    from soulwright.recover import BARE_TOKENS, AskPlan, Prefill, section_opening

    if bare:
        if heading or prefix:
            raise InputError("`--bare` asks nobody for a section", help="give the words before it as `--opening`")
        asked |= {"prefill": Prefill.NO, "max_tokens": BARE_TOKENS, "seed": _SEED}
        return AskPlan(bare=True, openings=opening, most_requests=requests, **asked)
    begun = _known(prefix) if prefix else ()
    named = (*opening, *(section_opening(each) for each in heading))
    asked |= {"prefill": Prefill(asked["prefill"])} | ({"openings": named} if named else {})
    # who names where to begin has no need to look for it
    looks = not (named or begun) if discover is None else discover
    return AskPlan(most_requests=requests, begun=begun, discover=looks, **asked)


def _known(prefix: Path) -> tuple[str, ...]:
    known = read_text(prefix).strip()
    if not known:
        raise InputError("there is nothing in it", source=str(prefix), help="write a stretch of the document into it")
    return (known,)


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
        "opening": draws.opening,
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


def _read(paths: Sequence[Path], reference: Path | None, out: Path, *, intervals: bool) -> Outcome:
    from soulwright.recover import chance_levels, ranged_figures, read_back

    samples = samples_in(paths)
    true = without_marks(read_text(reference)) if reference else None
    recovered = read_back(samples)
    found = Found(
        recovered=recovered,
        reference=true,
        levels=chance_levels(recovered.text, true) if true is not None else (),
        ranges=ranged_figures(samples, true) if true is not None and intervals else {},
    )
    return outcome_of(found, out, [], {}, name=reference.stem if reference else out.name)


def _compare(a: Path, b: Path) -> Outcome:
    from soulwright.recover import chance_levels, chance_to_dict, compare_texts, fidelity_to_dict, strange_reference

    recovered, reference = read_text(a), read_text(b)
    fidelity, levels = compare_texts(recovered, reference), chance_levels(recovered, reference)
    strange = strange_reference(recovered, reference)
    document = {
        "recovered": str(a),
        "reference": str(b),
        **fidelity_to_dict(fidelity),
        "chance": chance_to_dict(levels),
        "strange_reference": strange or None,
    }
    lines = [f"note: {strange}"] if strange else []
    return Outcome(document=document, text="\n".join([*lines, figures_text(fidelity), *chance_lines(levels)]))
