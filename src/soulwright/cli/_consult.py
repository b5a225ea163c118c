"""`soulwright consult`: ask a model what it finds unclear, contradictory, untestable, or would not endorse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, is_organism, plan_option, planned_outcome
from soulwright.cli._documents import bundled_document, named_clauses
from soulwright.cli._options import folder_option, json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.consult import Consultation, Consulted
    from soulwright.models import Planned
    from soulwright.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultOptions:
    """Which model is asked about what, how often at most, and where what it says is kept."""

    spec: Path | None
    model: str
    run: Path
    baseline: Path | None = None
    clause: tuple[str, ...] = ()
    retries: int = 2
    context_tokens: int = 6000
    plan: bool = False


@click.command(short_help="Ask a model what it finds wrong with the document, clause by clause.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@click.option(
    "--model", required=True, metavar="MODEL", help="Any model of Inspect (PROVIDER/NAME), or a model folder."
)
@folder_option("--run", "runs/consult", "The folder that keeps the logs; what is answered in it is not asked again.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file of decisions, the same as that of `check`; baseline.json in the run if left out.",
)
@click.option("--clause", multiple=True, metavar="CLAUSE", help="Ask about this clause only (may be repeated).")
@click.option(
    "--retries",
    type=click.IntRange(min=0, max=10),
    default=2,
    show_default=True,
    metavar="N",
    help="How often to ask again where a reply cannot be read.",
)
@click.option(
    "--context-tokens",
    type=click.IntRange(min=0),
    default=6000,
    show_default=True,
    metavar="N",
    help="How much of the other clauses is shown beside each, in estimated tokens.",
)
@plan_option
@json_option
@budget_options
def consult(*, as_json: bool, **given: object) -> int:
    """Ask a model about each clause of SPEC (the bundled document if left out): what is unclear, what contradicts what,
    what cannot be tested, what it would not endorse, and why.

    Its answers are suggestions with places in the document. New ones go into the baseline as `open`; what somebody has
    marked there as `settled` is not raised again. Killed, the same command goes on. Exit status 1 where something is
    new or open, or a clause has no answer.
    """
    return answer(lambda: _consult(ConsultOptions(**given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _consult(options: ConsultOptions) -> Outcome:
    from soulwright.cli._progress import Progress
    from soulwright.consult import Terms, consultation_to_dict
    from soulwright.consult import consult as ask
    from soulwright.runs import Run, write_json
    from soulwright.spec import load_spec

    model = _asked(options.model)
    spec = load_spec(options.spec or bundled_document())
    clauses = named_clauses(spec, options.clause)
    if options.plan:
        return planned_outcome([_plan(spec, clauses, options)])
    with Run.open(options.run) as run, Progress([("consult", 1)]) as progress:
        with progress.stage("consult", total=len(clauses)) as stage:
            consultation = ask(
                spec,
                model,
                folder=run.path / "consult",
                baseline=options.baseline or run.path / "baseline.json",
                terms=Terms(clauses=frozenset(clauses), again=options.retries, context_tokens=options.context_tokens),
                advance=stage.advance,
            )
        document = consultation_to_dict(consultation)
        write_json(run.path / "consult.json", document)
    return Outcome(
        document=document, text=_text(consultation), findings=bool(consultation.raised) or not consultation.complete
    )


def _plan(spec: Spec, clauses: tuple[str, ...], options: ConsultOptions) -> Planned:
    from soulwright.consult import clause_prompt, questions
    from soulwright.models import ModelRole, Planned
    from soulwright.spec.exports import estimate_tokens

    asked = [one for one in questions(spec, context_tokens=options.context_tokens) if one.clause.id in clauses]
    return Planned(
        what=clause_prompt().name,
        role=ModelRole.JUDGE,
        model=options.model,
        calls=len(asked),
        most_calls=len(asked) * (1 + options.retries),
        tokens_in=sum(estimate_tokens(one.system) + estimate_tokens(one.user) for one in asked),
        tokens_out=len(asked) * clause_prompt().reply_tokens,
    )


def _asked(model: str) -> str:
    """The name under which Inspect knows the model; InputError where it is the embedded organism."""
    if is_organism(model):
        raise InputError(
            f"`{model}` is the embedded organism and cannot be consulted",
            help="it speaks of its tiny world only and has no view of a document; name a model that reads English,"
            " such as `anthropic/...`, `openai/...` or `hf/...`",
        )
    return f"weights/{model}" if Path(model).is_dir() else model


def _text(consultation: Consultation) -> str:
    from soulwright.consult import ReplyState, Standing

    rows = [_row(one) for one in consultation.raised]
    for reply in consultation.replies:
        if reply.state is not ReplyState.ANSWERED:
            rows.append(f"{reply.clause_id}: {reply.state.value.replace('_', ' ')}: {reply.detail or 'no reply'}")
    if consultation.stale:
        names = ", ".join(sorted({entry.locator for entry in consultation.stale}))
        rows.append(f"decided about words that have changed since: {names}")
    standings = [one.standing for one in consultation.findings]
    counts = ", ".join(f"{standings.count(standing)} {standing.value}" for standing in Standing)
    answered = consultation.count(ReplyState.ANSWERED)
    rows.append(f"{consultation.model} on {consultation.spec} {consultation.version}: {answered} of"
                f" {len(consultation.replies)} clauses answered; findings: {counts}")  # fmt: skip
    return "\n".join(rows)


def _row(one: Consulted) -> str:
    finding = one.finding
    place = f"{finding.source}:{finding.span.line}:{finding.span.column}"
    return (
        f"suggestion[{finding.rule}] {place}: {finding.locator}: {one.remark.concern.value.replace('_', ' ')}"
        f" ({one.standing.value})\n  {finding.message}\n  help: {finding.help}\n"
    )
