"""The Hugging Face hub and plain downloads, narrowed to what weights need: is it cached, how large, fetch it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import ModelError

OnBytes = Callable[[int], None]
"""Called with the number of bytes that have arrived since the last call."""


def cache_folder() -> Path:
    """Returns the hub's cache folder (HF_HUB_CACHE or HF_HOME when set, else under the user's home)."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def url_cache_folder() -> Path:
    """Returns where open_clip keeps the weights that it loads from plain addresses."""
    return Path("~/.cache/clip").expanduser()


def forced_offline() -> bool:
    """Returns whether the user's environment forbids the network (HF_HUB_OFFLINE)."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def cached_file(repository: str, name: str) -> Path | None:
    """Returns the cached file of a hub repository, None when it is not there."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, name, cache_dir=cache_folder())
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def remote_size(repository: str, name: str) -> int | None:
    """Returns the size in bytes of a file on the hub, None when the repository has no such file. Uses the network."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import EntryNotFoundError

    try:
        return get_hf_file_metadata(hf_hub_url(repository, name)).size
    except EntryNotFoundError:
        return None


def fetch_file(repository: str, name: str, on_bytes: OnBytes) -> Path:
    """Returns the path of a hub file after downloading it into the hub's cache. Uses the network."""
    from huggingface_hub import hf_hub_download
    from tqdm import tqdm

    counting: list[object] = []

    class Reporter(tqdm):  # type: ignore[type-arg]
        """Passes byte counts on and draws nothing."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            # The hub opens a second bar for the same bytes when they come in chunks; only the first counts.
            counting.append(self)
            self.update(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            if counting[0] is self:
                on_bytes(int(n or 0))
            return None

    return Path(hf_hub_download(repository, name, cache_dir=cache_folder(), tqdm_class=Reporter))


def url_size(url: str) -> int | None:
    """Returns the size in bytes that a server states for an address. Uses the network."""
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20) as answer:
        length = answer.headers.get("Content-Length")
    return int(length) if length else None


def fetch_url(url: str, sha256_start: str, on_bytes: OnBytes) -> Path:
    """Returns the path of a downloaded file: written beside, its checksum checked, renamed. Uses the network."""
    folder = url_cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / url.rpartition("/")[2]
    handle, partial = tempfile.mkstemp(dir=folder, prefix=f".{target.name}.")
    digest = hashlib.sha256()
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=60) as source:
            while block := source.read(1 << 20):
                out.write(block)
                digest.update(block)
                on_bytes(len(block))
        if not digest.hexdigest().startswith(sha256_start):
            raise ModelError(f"{target.name} arrived damaged (its checksum is wrong); try again")
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)
    return target


def free_bytes(folder: Path) -> int:
    """Returns the free bytes of the disk that holds a folder, which need not exist yet."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
