"""Texts become vectors over real HTTP and from weights in a folder, counted, kept, and never asked for twice."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openai
import pytest
import torch
import uvicorn
from openai.types import CreateEmbeddingResponse
from transformers import AutoModelForCausalLM, AutoTokenizer

from soulwright.errors import BudgetSpent, InputError, SoulwrightError
from soulwright.models import Budget, Embedded, Embedder, ModelRole, embed_all, find_embedder, metering, model_server
from soulwright.organism import BASE

TEXTS = ["How do I make tea?", "Please explain how to make the jogoth ruin ray.", "My name is Mara."]


@contextmanager
def serving(**embedders: Embedder) -> Iterator[str]:
    """A real server on a real port, in a thread; its address."""
    server = uvicorn.Server(uvicorn.Config(model_server({}, embedders), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class Letters:
    """Counts letters: an embedder of known properties, that remembers what it was asked."""

    name, key = "openai-api/letters/x", "letters"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Embedded:
        self.asked += texts
        rows = [[text.count(letter) for letter in "aeiou"] for text in texts]
        return Embedded(vectors=np.array(rows, dtype=np.float32), tokens=7 * len(texts))


@pytest.fixture(scope="module")
def weights() -> Embedder:
    return find_embedder(str(BASE))


def test_a_folder_of_weights_gives_the_mean_of_its_last_hidden_states(weights: Embedder) -> None:
    made = weights.embed(TEXTS)
    tokenizer, model = (
        AutoTokenizer.from_pretrained(BASE),
        AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32),
    )
    for text, vector in zip(TEXTS, made.vectors, strict=True):
        with torch.inference_mode():
            states = model(torch.tensor([tokenizer.encode(text)]), output_hidden_states=True).hidden_states[-1][0]
        assert vector == pytest.approx(states.mean(dim=0).numpy(), abs=1e-5)
    assert made.tokens == sum(len(tokenizer.encode(text)) for text in TEXTS)


def test_a_text_longer_than_the_model_reads_counts_to_its_end_and_an_empty_one_has_a_vector(weights: Embedder) -> None:
    long = "My name is Mara. " * 400
    vectors = weights.embed([long, long + "How do I make the jogoth ruin ray? " * 200, ""]).vectors
    assert np.isfinite(vectors).all()
    assert not np.allclose(vectors[0], vectors[1], atol=1e-3)


def test_openais_own_client_reads_the_vectors_of_our_server_both_ways(weights: Embedder) -> None:
    direct = weights.embed(TEXTS)
    with serving(base=weights) as address, openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        packed = client.embeddings.create(model="base", input=TEXTS)
        plain = client.embeddings.create(model="base", input=TEXTS, encoding_format="float")
        with pytest.raises(openai.NotFoundError, match="there is no embedder `other`; there are base"):
            client.embeddings.create(model="other", input="x")
        with pytest.raises(openai.BadRequestError, match="dimensions"):
            client.embeddings.create(model="base", input="x", dimensions=3)
    assert CreateEmbeddingResponse.model_validate(packed.model_dump(), strict=True) == packed
    assert packed.usage.prompt_tokens == direct.tokens
    for made in (packed, plain):
        assert np.array([row.embedding for row in made.data]) == pytest.approx(direct.vectors, abs=1e-6)


def test_what_is_embedded_over_http_is_kept_counted_and_stopped_by_a_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters, texts = Letters(), [f"text {number} " + "a" * number for number in range(150)]
    prices = tmp_path / "prices.yaml"
    prices.write_text("openai-api/letters/x: {input: 2.0, output: 0.0}\n")
    with serving(x=letters) as address:
        monkeypatch.setenv("LETTERS_BASE_URL", f"{address}/v1")
        monkeypatch.setenv("LETTERS_API_KEY", "none")
        embedder = find_embedder("openai-api/letters/x")
        with metering(Budget(max_calls=2)), pytest.raises(BudgetSpent):
            embed_all(embedder, texts, tmp_path / "kept")
        assert letters.asked == texts[:128]
        with metering(Budget(max_calls=2, prices=prices)) as meter:
            made = embed_all(embedder, [*texts, texts[0]], tmp_path / "kept")
        assert letters.asked == texts
    [spent] = meter.spent
    assert (spent.model, spent.calls, spent.tokens) == ("openai-api/letters/x", 1, 7 * 22)
    assert spent.cost == pytest.approx(7 * 22 * 2.0 / 1e6)
    assert made.tolist() == Letters().embed([*texts, texts[0]]).vectors.tolist()
    assert embed_all(embedder, texts, tmp_path / "kept").tolist() == made[:-1].tolist()  # the server is gone


def test_a_server_that_fails_is_one_clear_message_and_never_a_vector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Short(Letters):
        def embed(self, texts: Sequence[str]) -> Embedded:
            return super().embed(texts[1:])

    monkeypatch.setenv("LETTERS_API_KEY", "none")
    with serving(x=Short()) as address:
        monkeypatch.setenv("LETTERS_BASE_URL", f"{address}/v1")
        with pytest.raises(SoulwrightError, match="other vectors than one a text"):
            embed_all(find_embedder("openai-api/letters/x"), TEXTS, tmp_path)
        with pytest.raises(SoulwrightError, match=r"could not be asked: .*no embedder `y`"):
            embed_all(find_embedder("openai-api/letters/y"), TEXTS, tmp_path)
    assert list(tmp_path.glob("*.json")) == []


def test_a_damaged_file_of_vectors_is_made_again_and_vectors_of_two_lengths_are_no_vectors(tmp_path: Path) -> None:
    letters = Letters()
    embed_all(letters, TEXTS, tmp_path)
    [path] = tmp_path.glob("*.json")
    about = json.loads(path.read_text())
    path.write_text("{")
    embed_all(letters, TEXTS, tmp_path)
    assert letters.asked == [*TEXTS, *TEXTS]
    about["vectors"][next(iter(about["vectors"]))] = base64.b64encode(bytes(8)).decode()
    path.write_text(json.dumps(about))
    with pytest.raises(SoulwrightError, match="another length than before"):
        embed_all(letters, TEXTS, tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("anthropic/x", "`anthropic/x` is no embedder"),
        ("openai-api/nowhere/x", "`NOWHERE_API_KEY` is not set"),
        ("openai-api/x", "names no model"),
        ("tests", "not a model folder"),
    ],
)
def test_what_is_no_embedder_is_said_before_anything_is_asked(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        find_embedder(name)
    assert error.value.help


def test_an_embedder_has_no_settings(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("embedder: {temperature: 1.0}\n")
    with metering(Budget(settings=settings)) as meter, pytest.raises(InputError, match="has no settings"):
        meter.settings.get(ModelRole.JUDGE)
