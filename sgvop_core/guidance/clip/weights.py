"""Which pretrained weights open_clip knows, which of them are on this machine, and how to get one that is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ModelError, did_you_mean
from . import hub
from .open_clip_import import import_open_clip

HUB_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")
CONFIG_FILE = "open_clip_config.json"
# Which weights a bare architecture name means: what training set did best on open_clip's own tables, per family.
TAG_ORDER = (
    "datacomp_xl_s13b_b90k", "laion2b_s34b_b79k", "laion2b_s34b_b88k", "datacomp1b", "laion2b_s32b_b79k",
    "laion2b_s32b_b82k", "laion2b_s39b_b160k", "webli", "openai",
)  # fmt: skip
# What `auto` may use when it is cached, cheapest first: `auto` must never make a run slow by surprise.
WELL_KNOWN = ("ViT-B-32", "ViT-B-32-quickgelu", "ViT-B-32-256", "ViT-B-16", "ViT-B-16-quickgelu", "ViT-L-14")


@dataclass(frozen=True)
class Weights:
    """Weights on this machine: what ``--clip`` calls them, the file, its size in bytes."""

    spec: str
    path: Path
    bytes: int

    def __str__(self) -> str:
        return f"{self.spec} ({self.bytes / 1e6:.0f} MB)"


@dataclass(frozen=True)
class Download:
    """Progress of a download: ``done`` of ``total`` bytes (None when the server does not say) are in ``folder``.

    The first report of a file has ``done == 0`` and comes before any byte is asked for.
    """

    spec: str
    done: int
    total: int | None
    folder: Path

    @property
    def text(self) -> str:
        """One line that says what is downloaded, how large it is and where it goes."""
        size = "of unknown size" if self.total is None else f"{self.total / 1e6:.0f} MB"
        return f"downloading {self.spec}, {size}, to {self.folder}"


Progress = Callable[[Download], None]


def lines_of_progress(notify: Callable[[str], None] | None) -> Progress:
    """Returns a progress callback that says size and place first, then every tenth of the way; to stderr by default."""
    say = notify or (lambda line: print(line, file=sys.stderr))
    tenths = [0]

    def report(download: Download) -> None:
        if download.done == 0:
            tenths[0] = 0
            say(download.text)
        elif download.total and 10 * download.done // download.total > tenths[0]:
            tenths[0] = 10 * download.done // download.total
            say(f"{download.spec}: {10 * tenths[0]} %")

    return report


def tag_config(model: str, tag: str) -> Mapping[str, Any]:
    """Returns open_clip's entry of a pretrained tag. Raises ``ModelError`` with close names when there is none."""
    open_clip = import_open_clip()
    if open_clip.get_model_config(model) is None:
        raise ModelError(f"open_clip has no model '{model}'{did_you_mean(model, open_clip.list_models())}")
    config: Mapping[str, Any] = open_clip.get_pretrained_cfg(model, tag)
    if not config:
        tags = open_clip.list_pretrained_tags_by_model(model)
        rest = did_you_mean(tag, tags) or f"; it has none, name a file: {model}:/path/to/weights.safetensors"
        raise ModelError(f"model '{model}' has no pretrained weights '{tag}'{rest}")
    return config


def choose_tag(model: str) -> str:
    """Returns the tag that a bare model name means: a cached one if there is any, else the best known one.

    Raises ``ModelError`` when open_clip has no such model or no weights for it.
    """
    open_clip = import_open_clip()
    if open_clip.get_model_config(model) is None:
        raise ModelError(f"open_clip has no model '{model}'{did_you_mean(model, open_clip.list_models())}")
    tags = open_clip.list_pretrained_tags_by_model(model)
    if not tags:
        raise ModelError(
            f"open_clip has no weights for '{model}'; name a file: {model}:/path/to/weights.safetensors,"
            f" or {model}:random for a speed test"
        )
    ranked = [t for t in TAG_ORDER if t in tags] + [t for t in tags if t not in TAG_ORDER]
    cached = [t for t in ranked if cached_weights(tag_config(model, t)) is not None]
    return (cached or ranked)[0]


def cached_weights(config: Mapping[str, Any]) -> Path | None:
    """Returns the cached file of a tag's entry (hub cache, then open_clip's own), None when it is not there.

    OpenAI's own archives hold a program, not only numbers, and are never opened; their hub copies are used.
    """
    if config.get("hf_hub"):
        repository, names = _repository(config)
        for name in names:
            path = hub.cached_file(repository, name)
            if path is not None:
                return path
    url = str(config.get("url") or "")
    if url and "openaipublic" not in url:
        path = hub.url_cache_folder() / url.rpartition("/")[2]
        return path if path.is_file() else None
    return None


def available_weights() -> list[Weights]:
    """Returns all weights on this machine that ``--clip`` can name, without any network."""
    open_clip = import_open_clip()
    found: dict[Path, Weights] = {}
    repositories: set[str] = set()
    for model, tag in open_clip.list_pretrained():
        config = open_clip.get_pretrained_cfg(model, tag)
        path = cached_weights(config)
        if path is not None and path not in found:
            found[path] = Weights(f"{model}:{tag}", path, path.stat().st_size)
        repositories.add(str(config.get("hf_hub") or "").rpartition("/")[0])
    for folder in sorted(hub.cache_folder().glob("models--*--*")):
        repository = folder.name.removeprefix("models--").replace("--", "/")
        if repository in repositories or hub.cached_file(repository, CONFIG_FILE) is None:
            continue
        path = next((p for n in HUB_FILES if (p := hub.cached_file(repository, n))), None)
        if path is not None:
            found[path] = Weights(f"hf-hub:{repository}", path, path.stat().st_size)
    return list(found.values())


def obtain_weights(spec: str, config: Mapping[str, Any], offline: bool, progress: Progress) -> Path:
    """Returns the weights file of a tag's entry: cached, or downloaded after ``progress`` has said size and place.

    The user named this model, which is the consent to download it. Raises ``ModelError`` with the ways out.
    """
    path = cached_weights(config)
    if path is not None:
        return path
    if offline or hub.forced_offline():
        raise no_weights(spec, "the network is switched off")
    if config.get("hf_hub"):
        repository, names = _repository(config)
        return obtain_hub_file(spec, repository, names, progress)
    return _obtain_url(spec, str(config["url"]), progress)


def obtain_hub_file(spec: str, repository: str, names: tuple[str, ...], progress: Progress) -> Path:
    """Returns the first of the named files that a hub repository has, downloaded. Raises ``ModelError``."""
    try:
        for name in names:
            size = hub.remote_size(repository, name)
            if size is None:
                continue
            reporter = _Reporter(spec, size, hub.cache_folder(), progress)
            return hub.fetch_file(repository, name, reporter)
    except ModelError:
        raise
    except Exception as error:  # the hub client raises its own, its transport's and the system's errors
        raise no_weights(spec, _cause(error)) from error
    raise ModelError(f"the hub repository '{repository}' has none of {', '.join(names)}; name a weights file instead")


def no_weights(spec: str, cause: str) -> ModelError:
    """Returns the one-line error for weights that cannot be had, with the three ways out."""
    model = spec.partition(":")[0] if not spec.startswith("hf-hub:") else "MODEL"
    cached = ", ".join(w.spec for w in available_weights()[:4])
    return ModelError(
        f"no weights for '{spec}' on this machine and they cannot be downloaded ({cause});"
        f" download them elsewhere and name the file (--clip {model}:/path/to/weights.safetensors),"
        f" name a cached model ({cached or 'none is cached'}), or use --clip builtin or --clip none"
    )


def _obtain_url(spec: str, url: str, progress: Progress) -> Path:
    name = url.rpartition("/")[2]
    expected = name.rpartition(".")[0].rpartition("-")[2] if "mlfoundations" in url else ""
    try:
        reporter = _Reporter(spec, hub.url_size(url), hub.url_cache_folder(), progress)
        return hub.fetch_url(url, expected, reporter)
    except ModelError:
        raise
    except (OSError, ValueError) as error:
        raise no_weights(spec, _cause(error)) from error


def _repository(config: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Returns a tag's hub repository and the file names to try; safetensors come before pickled tensors."""
    repository, _, name = str(config["hf_hub"]).rpartition("/")
    if not name:
        return repository, HUB_FILES
    safe = name.rpartition(".")[0] + ".safetensors"
    return repository, (name,) if safe == name else (safe, name)


class _Reporter:
    """Adds up arriving bytes; makes the announcement at once and refuses when the disk is too small."""

    def __init__(self, spec: str, total: int | None, folder: Path, progress: Progress) -> None:
        self.spec, self.total, self.folder, self.progress, self.done = spec, total, folder, progress, 0
        free = hub.free_bytes(folder)
        if total is not None and free < total:
            raise ModelError(
                f"'{spec}' needs {total / 1e6:.0f} MB in {folder} and {free / 1e6:.0f} MB are free;"
                " make room or set HF_HOME to a larger disk"
            )
        progress(Download(spec, 0, total, folder))

    def __call__(self, count: int) -> None:
        self.done += count
        if count:
            self.progress(Download(self.spec, self.done, self.total, self.folder))


def _cause(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:120].rstrip(".")
