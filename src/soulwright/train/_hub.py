"""A base by its name: a folder, or a model of the Hugging Face hub, fetched once and then read from the cache."""

from __future__ import annotations

from pathlib import Path

from soulwright.errors import InputError

# The weights in safetensors and what says how to read them; never code that comes with a model.
_WANTED = ("*.json", "*.safetensors", "*.jinja", "tokenizer.model", "*.txt")


def find_base(name: str) -> Path:
    """The folder of a base; `ORG/MODEL@REVISION` names one version of a model of the hub. InputError: there is none."""
    folder = Path(name)
    if folder.is_dir():
        return folder
    repository, _, revision = name.partition("@")
    if repository.count("/") != 1 or repository.startswith(("/", ".", "~")):
        raise InputError(
            f"there is no folder `{name}`", help="name a model folder, or a model of the Hugging Face hub as ORG/MODEL"
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=list(_WANTED)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"cannot fetch `{repository}` from the Hugging Face hub: {said[0].rstrip('.')}",
            help="check the name, the network, HF_TOKEN and HF_HUB_OFFLINE, or name a folder",
        ) from error
