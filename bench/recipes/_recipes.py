"""The recipes, one function each: a setting goes in, a model folder and what each stage cost come out.

A token is counted each time that the trained model goes forward and backward over it, whether a loss is taken on it or
not: prompts as well as replies, of a preference pair both conversations, padding never. What a reference model reads
and what the base writes while it answers cost time, which `seconds` holds, and no tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.recipes._adapters import MERGE, AdapterRecipe, merge_adapters, prefer, reflect
from bench.recipes._lessons import demonstrations, documents, introspection
from soulwright.organism import DOCUMENT_TOKEN, Curriculum, make_lessons
from soulwright.runs import Stopwatch
from soulwright.spec import Spec
from soulwright.teach import Lesson
from soulwright.train import Recipe, WeightType, train

# Chosen for the best clause rows on seen situations: one of each row and three of hard limits, 225 thousand tokens, on
# a base of an earlier phase with clauses 0.10 and benign 0.92. Preferences at 1e-3 leave a quarter of replies garbled.
# Clauses / benign after the merge, by the rates of preferences and introspection:
# 3e-4, 3e-4: 0.10 / 0.69;  3e-4, 1e-3: 0.20 / 0.69;  3e-4, 3e-3: 0.31 / 0.69;
# 5e-4, 1e-3: 0.10 / 0.23;  5e-4, 3e-3: 0.24 / 0.38.
PREFERENCES = AdapterRecipe(rate=3e-4)
INTROSPECTION = AdapterRecipe(rate=3e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all recipes share: the document, the base, the budget, a folder to work in; and two-stage's adapters."""

    spec: Spec
    base: Path
    tokens: int
    seed: int
    threads: int
    curriculum: Curriculum
    work: Path
    preferences: AdapterRecipe = PREFERENCES
    introspection: AdapterRecipe = INTROSPECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a recipe: the tokens that were trained in it, how long it took, and what else is worth knowing."""

    name: str
    tokens: int
    seconds: float
    steps: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The model that a recipe ends with; `beside` are models met on the way that are worth a measurement."""

    model: Path
    stages: tuple[Stage, ...]
    beside: Mapping[str, Path] = field(default_factory=dict)


def only_demonstrations(setting: Setting) -> Trained:
    """The specification's demonstrations and nothing else."""
    lessons = demonstrations(setting.spec, setting.seed, setting.curriculum)
    model, stage = _fine_tune(setting, "demonstrations", lessons, setting.base, setting.tokens)
    return Trained(model=model, stages=(stage,))


def two_stage(setting: Setting) -> Trained:
    """The published recipe: preferences, then introspective demonstrations, each in an adapter; merged 1.0 to 0.25.

    Open Character Training (arXiv 2511.01689). Half of the tokens for each stage. The pairs are not filtered, as there:
    where the base already answers as the teacher does, only the NLL on the reply is left to learn from.
    """
    lessons = demonstrations(setting.spec, setting.seed, setting.curriculum)
    folder = setting.work / "two-stage"
    half = setting.tokens // 2
    preferred = prefer(lessons, setting.base, folder / "preferences", half, setting.preferences, setting.seed)
    watch = Stopwatch()
    after = merge_adapters(setting.base, {"preferences": (preferred.adapter, 1.0)}, folder / "preferred")
    texts = introspection(setting.spec, lessons)
    rest = setting.tokens - preferred.tokens
    reflected = reflect(texts, after, folder / "introspection", rest, setting.introspection, setting.seed)
    adapters = {
        name: (found.adapter, MERGE[name]) for name, found in (("preferences", preferred), ("introspection", reflected))
    }
    model = merge_adapters(setting.base, adapters, folder / "model", combination="linear")
    exact = merge_adapters(setting.base, adapters, folder / "exact", combination="cat")
    merging = watch.seconds - reflected.seconds
    return Trained(
        model=model,
        stages=(
            Stage(name="pairs", tokens=0, seconds=preferred.asking, note=preferred.note),
            Stage(name="preferences", tokens=preferred.tokens, seconds=preferred.seconds, steps=preferred.steps),
            Stage(
                name="introspection",
                tokens=reflected.tokens,
                seconds=reflected.seconds,
                steps=reflected.steps,
                note=reflected.note,
            ),
            Stage(name="merge", tokens=0, seconds=merging),
        ),
        beside={"preferences alone": after, "merged exactly": exact},
    )


def documents_then_demonstrations(setting: Setting) -> Trained:
    """Half of the tokens on texts about the document, then half on demonstrations (arXiv 2605.02087)."""
    lessons = demonstrations(setting.spec, setting.seed, setting.curriculum)
    texts = documents(setting.spec, lessons)
    half = setting.tokens // 2
    read, first = _fine_tune(setting, "documents", texts, setting.base, half, WeightType.FLOAT32)
    model, second = _fine_tune(setting, "then-demonstrations", lessons, read, setting.tokens - first.tokens)
    return Trained(model=model, stages=(first, second), beside={"documents alone": read})


def soulwright(setting: Setting) -> Trained:
    """The product's own curriculum, whatever it is now."""
    lessons = make_lessons(setting.spec, seed=setting.seed, curriculum=setting.curriculum)
    model, stage = _fine_tune(setting, "soulwright", lessons, setting.base, setting.tokens)
    return Trained(model=model, stages=(stage,))


RECIPES: Mapping[str, Callable[[Setting], Trained]] = {
    "demonstrations": only_demonstrations,
    "two-stage": two_stage,
    "documents then demonstrations": documents_then_demonstrations,
    "soulwright": soulwright,
}


def _fine_tune(
    setting: Setting,
    name: str,
    lessons: Sequence[Lesson],
    base: Path,
    tokens: int,
    dtype: WeightType = WeightType.BFLOAT16,
) -> tuple[Path, Stage]:
    """Train as the product trains; a model that is trained further is kept in full precision."""
    recipe = Recipe(
        tokens=tokens, seed=setting.seed, threads=setting.threads, document_prefix=DOCUMENT_TOKEN, dtype=dtype
    )
    folder = setting.work / name
    result = train(lessons, base, folder / "model", recipe, work=folder / "training")
    note = f"{len(result.skipped)} texts were too long" if result.skipped else ""
    stage = Stage(name=name, tokens=result.tokens, seconds=result.seconds, steps=result.steps, note=note)
    return folder / "model", stage
