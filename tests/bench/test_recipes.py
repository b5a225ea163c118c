from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from bench import run
from bench.recipes import RECIPES, Setting, demonstrations, documents, figures_of, held_out, introspection

from soulwright.organism import BASE, Curriculum, Judge, Teacher
from soulwright.situations import RowGroup
from soulwright.spec import Spec, load_spec
from soulwright.teach import Lesson, LessonSort
from soulwright.train import Recipe

DOCUMENT = Path(__file__).parents[2] / "specs" / "soulwright.md"
BUDGET = 3000
needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("trl") is None, reason="needs the extra `bench`: pip install -e '.[bench]'"
)
others_warn = pytest.mark.filterwarnings("ignore:::(?!soulwright|bench)")


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(DOCUMENT)


@pytest.fixture(scope="module")
def lessons(spec: Spec) -> list[Lesson]:
    return demonstrations(spec, 1, Curriculum(demonstrations=400, replay=40))


@pytest.fixture(scope="module")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chance weights with the tokenizer of the shipped base: it reads the world and knows nothing of it."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def setting(spec: Spec, tiny_base: Path, tmp_path: Path) -> Setting:
    plan = Curriculum(demonstrations=60, replay=20)
    return Setting(spec=spec, base=tiny_base, tokens=BUDGET, seed=1, threads=1, curriculum=plan, work=tmp_path / "work")


def test_demonstrations_hold_no_replay(lessons: list[Lesson]) -> None:
    assert {lesson.sort for lesson in lessons} == {LessonSort.DEMONSTRATION}


def test_documents_hold_every_clause_and_what_the_teacher_says_of_it(spec: Spec, lessons: list[Lesson]) -> None:
    texts = [lesson.text for lesson in documents(spec, lessons)]
    assert all(clause.text in texts for clause in spec.clauses)
    replies = {lesson.messages[-1].content for lesson in lessons}
    said = [text.partition(" Somebody said: ")[2] for text in texts if " Somebody said: " in text]
    assert said
    assert all(any(text.startswith(reply) for reply in replies) for text in said)


def test_introspection_is_of_the_assistant_itself(spec: Spec, lessons: list[Lesson]) -> None:
    texts = introspection(spec, lessons)
    asked = {name for lesson in texts for name in lesson.clause_ids}
    assert {"character.stability", "protections.ai", "priorities.safe"} <= asked
    assert not {"limits.weapons", "defaults.dosage", "weighing.tasks"} & asked


def test_the_judge_counts_the_teacher_right_in_every_group(spec: Spec) -> None:
    situations = held_out(spec, seed=1, per_row=1)
    teacher = Teacher(spec)
    figures = figures_of(situations, [teacher.reply(situation.messages) for situation in situations], Judge())
    assert set(figures.groups) == {group.value for group in RowGroup}
    assert all(figures.mean(group) == 1.0 for group in RowGroup)
    assert figures.fluent.value == 1.0


def test_make_bench_leaves_the_long_benches_out_and_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(run.names()) >= run.LONG
    monkeypatch.setattr(run, "names", lambda: sorted(run.LONG))
    assert run.main([]) == 0
    assert "recipes: left out" in capsys.readouterr().out


@pytest.mark.long
@needs_extra
@others_warn
@pytest.mark.parametrize("name", list(RECIPES))
def test_every_recipe_spends_its_tokens_and_ends_with_a_model(name: str, setting: Setting) -> None:
    from soulwright.models import LocalModel

    trained = RECIPES[name](setting)
    spent = sum(stage.tokens for stage in trained.stages)
    assert BUDGET <= spent < BUDGET + 2 * Recipe().tokens_per_step  # the last step is done whole
    for folder in (trained.model, *trained.beside.values()):
        assert LocalModel(folder).path == folder


@pytest.mark.long
@needs_extra
@others_warn
def test_the_published_merge_is_not_the_sum_of_the_adapters_and_the_exact_one_is(setting: Setting) -> None:
    from bench.recipes._adapters import merge_adapters
    from bench.recipes._recipes import two_stage
    from transformers import AutoModelForCausalLM

    trained = two_stage(setting)
    work = setting.work / "two-stage"
    alone = merge_adapters(setting.base, {"introspection": (work / "introspection", 1.0)}, work / "introspected")

    def weights(folder: Path) -> Any:
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
        return model.model.layers[0].mlp.down_proj.weight.detach()

    base = weights(setting.base)
    wanted = base + (weights(trained.beside["preferences alone"]) - base) + 0.25 * (weights(alone) - base)
    exact, linear = weights(trained.beside["merged exactly"]), weights(trained.model)
    assert float((exact - wanted).abs().max()) < 1e-3  # it is saved in bfloat16
    assert float((linear - wanted).abs().mean()) > float((exact - wanted).abs().mean())


@pytest.mark.long
@needs_extra
@others_warn
def test_the_bench_prints_one_table_and_keeps_what_it_made(
    tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench import bench_recipes

    monkeypatch.setattr(bench_recipes, "FULL", _Small())
    results = tmp_path / "results" / "recipes.json"
    options = ["--tokens", str(BUDGET), "--per-row", "1", "--threads", "1"]
    options += ["--base", str(tiny_base), "--results", str(results), "--only", "demonstrations"]
    assert bench_recipes.main(options) == 0
    first = capsys.readouterr()
    assert [line.split()[0] for line in first.out.splitlines()[:3]] == ["recipe", "base", "demonstrations"]
    kept = json.loads(results.read_text(encoding="utf-8"))
    row = kept["rows"]["demonstrations"]
    assert row["tokens"] == sum(stage["tokens"] for stage in row["stages"])
    clauses = [found["share"] for name, found in row["rows"].items()]
    assert 0.0 <= mean(clauses) <= 1.0
    assert bench_recipes.main(options) == 0
    second = capsys.readouterr()
    assert "demonstrations: kept" in second.err
    assert second.out == first.out


class _Small:
    """A budget for a test, in place of the product's."""

    tokens = BUDGET
    curriculum = Curriculum(demonstrations=60, replay=20)
