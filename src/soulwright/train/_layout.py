"""Whether a model folder is what `transformers`, vLLM and the converters of llama.cpp expect to find.

Read from the files and not by running these programs: vLLM needs a GPU and llama.cpp's converter is no package. Its
tables of tensor names are (`gguf`), so that a tensor which it would refuse is seen here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from soulwright.errors import CorruptRun, InputError
from soulwright.runs import read_json

# How safetensors and `transformers` write one and the same type.
_TYPES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}
# Architectures that llama.cpp converts as another one.
_SAME_AS = {"mistral": "llama"}


class LayoutState(StrEnum):
    """What was found about one part of a model folder."""

    FITS = "fits"
    BROKEN = "broken"
    NOT_CHECKED = "not_checked"
    """What checks it is not installed, or does not know this architecture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFinding:
    """One part of a model folder, and what was found."""

    part: str
    state: LayoutState
    what: str


def check_layout(folder: Path) -> tuple[LayoutFinding, ...]:
    """Look at a model folder part by part; a part that cannot be read is BROKEN and hides no other."""
    parts: tuple[tuple[str, Callable[[Path], str | LayoutFinding]], ...] = (
        ("configuration", _configuration),
        ("weights", _weights),
        ("tied weights", _tied),
        ("type of the weights", _types),
        ("tokenizer", _tokenizer),
        ("chat template", _chat_template),
        ("end of a reply", _ends),
        ("llama.cpp: tensor names", _gguf_names),
        ("llama.cpp: vocabulary", _gguf_vocabulary),
    )
    return tuple(_found(part, look, folder) for part, look in parts)


def _found(part: str, look: Callable[[Path], str | LayoutFinding], folder: Path) -> LayoutFinding:
    try:
        found = look(folder)
    except (InputError, CorruptRun) as error:
        return LayoutFinding(part=part, state=LayoutState.BROKEN, what=error.message)
    return found if isinstance(found, LayoutFinding) else LayoutFinding(part=part, state=LayoutState.FITS, what=found)


def _configuration(folder: Path) -> str:
    config = _config(folder)
    names = config.get("architectures") or []
    if len(names) != 1 or not config.get("model_type"):
        raise InputError("config.json names no architecture")
    if "auto_map" in config:
        raise InputError("the model needs code of its own, which neither vLLM nor a converter runs unasked")
    return f"{names[0]}, {config['model_type']}"


def _weights(folder: Path) -> str:
    tensors = _tensors(folder)
    left = [name for name in tensors if "lora_" in name or name.startswith("base_model.")]
    if left:
        raise InputError(f"`{left[0]}` belongs to an adapter: it was not merged in")
    rows, known = tensors[_embedding(tensors)][1][0], int(_config(folder)["vocab_size"])
    if rows != known:
        raise InputError(f"config.json knows {known} tokens, the weights {rows}")
    index = folder / "model.safetensors.index.json"
    listed: Any = read_json(index) if index.is_file() else {"weight_map": tensors}
    if set(listed["weight_map"]) != set(tensors):
        raise InputError("the index lists other tensors than the files hold")
    return f"{len(tensors)} tensors in {len(list(folder.glob('*.safetensors')))} files"


def _tied(folder: Path) -> str:
    tied = bool(_config(folder).get("tie_word_embeddings", False))
    has_head = "lm_head.weight" in _tensors(folder)
    if tied and has_head:
        raise InputError("config.json ties the head to the embedding, and there is a head of its own beside it")
    if not tied and not has_head:
        raise InputError("config.json does not tie the head to the embedding, and there is no head")
    return "the head is the embedding" if tied else "the head is a matrix of its own"


def _types(folder: Path) -> str:
    config = _config(folder)
    said = config.get("dtype") or config.get("torch_dtype")
    found = {_TYPES.get(kind, kind) for kind, _ in _tensors(folder).values()}
    if found != {said}:
        raise InputError(f"config.json says {said}, the weights are {', '.join(sorted(found))}")
    return str(said)


def _tokenizer(folder: Path) -> str:
    if not (folder / "tokenizer.json").is_file() and not (folder / "tokenizer.model").is_file():
        raise InputError("there is neither tokenizer.json nor tokenizer.model")
    settings: Any = read_json(folder / "tokenizer_config.json")
    return str(settings.get("tokenizer_class", "no class named"))


def _chat_template(folder: Path) -> str:
    if (folder / "chat_template.jinja").is_file():
        return "chat_template.jinja"
    settings: Any = read_json(folder / "tokenizer_config.json")
    if settings.get("chat_template"):
        return "in tokenizer_config.json"
    raise InputError("there is no chat template: a server would not know how to write a conversation")


def _ends(folder: Path) -> str:
    from soulwright.train._model_folder import load_tokenizer

    tokenizer = load_tokenizer(folder)
    settings: Any = read_json(folder / "generation_config.json")
    ends = settings.get("eos_token_id")
    known = ends if isinstance(ends, list) else [ends]
    if tokenizer.eos_token_id not in known:
        raise InputError(f"generation_config.json ends a reply at {ends}, the tokenizer at {tokenizer.eos_token_id}")
    return f"`{tokenizer.eos_token}`, token {tokenizer.eos_token_id}"


def _gguf_names(folder: Path) -> str | LayoutFinding:
    part = "llama.cpp: tensor names"
    try:
        import gguf
    except ModuleNotFoundError:
        return LayoutFinding(part=part, state=LayoutState.NOT_CHECKED, what="the package `gguf` is not installed")
    config = _config(folder)
    kind = _SAME_AS.get(config["model_type"], config["model_type"])
    arch = next((arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == kind), None)
    if arch is None:
        return LayoutFinding(part=part, state=LayoutState.NOT_CHECKED, what=f"`gguf` has no architecture `{kind}`")
    names = gguf.get_tensor_name_map(arch, int(config["num_hidden_layers"]))
    unknown = [name for name in _tensors(folder) if names.get_name(name, try_suffixes=(".weight", ".bias")) is None]
    if unknown:
        raise InputError(f"llama.cpp has no name for `{unknown[0]}` ({len(unknown)} such)")
    return f"all known as `{kind}`"


def _gguf_vocabulary(folder: Path) -> str | LayoutFinding:
    part = "llama.cpp: vocabulary"
    try:
        import gguf
    except ModuleNotFoundError:
        return LayoutFinding(part=part, state=LayoutState.NOT_CHECKED, what="the package `gguf` is not installed")
    found = gguf.SpecialVocab(folder, load_merges=True)
    if "eos" not in found.special_token_ids:
        raise InputError("llama.cpp finds no end token")
    if not found.chat_template:
        raise InputError("llama.cpp finds no chat template")
    return f"{len(found.merges)} merges, end token {found.special_token_ids['eos']}, chat template"


def _config(folder: Path) -> dict[str, Any]:
    found: Any = read_json(folder / "config.json")
    if not isinstance(found, dict):
        raise InputError("config.json is no object")
    return found


def _tensors(folder: Path) -> dict[str, tuple[str, list[int]]]:
    """Type and shape of every tensor, from the heads of the files."""
    found = dict(_heads(folder))
    if not found:
        raise InputError("there are no weights in safetensors")
    return found


def _heads(folder: Path) -> Iterator[tuple[str, tuple[str, list[int]]]]:
    from safetensors import SafetensorError, safe_open

    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as tensors:
                for name in tensors.keys():  # noqa: SIM118 - it is no mapping and cannot be gone through itself
                    part = tensors.get_slice(name)
                    yield name, (part.get_dtype(), part.get_shape())
        except (SafetensorError, OSError) as error:
            raise InputError(f"`{path.name}` is damaged: {error}") from error


def _embedding(tensors: Mapping[str, object]) -> str:
    found = next((name for name in tensors if name.endswith(("embed_tokens.weight", "wte.weight"))), None)
    if found is None:
        raise InputError("there is no embedding among the weights")
    return found
