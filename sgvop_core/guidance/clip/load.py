"""From a ``--clip`` value to a model that is ready to use."""

from __future__ import annotations

import contextlib
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import ModelError
from . import hub
from .folded_norms import fold_norms
from .frozen_layers import rearrange
from .lively_patches import leave_out
from .model import ClipModel
from .open_clip_import import import_open_clip
from .preprocess import Preprocess
from .specs import WEIGHT_SUFFIXES, ClipSpec, parse_clip, parse_spec
from .weights import (
    CONFIG_FILE,
    HUB_FILES,
    WELL_KNOWN,
    Progress,
    available_weights,
    choose_tag,
    lines_of_progress,
    no_weights,
    obtain_hub_file,
    obtain_weights,
    tag_config,
)

BUILTIN_FOLDER = Path(__file__).parent / "builtin"
Notify = Callable[[str], None]
Load = Callable[..., "ClipModel | None"]
"""What loads one model: ``load_clip``, or something with its arguments that keeps models between calls."""


def load_clip(
    spec: str,
    device: str | torch.device = "cpu",
    *,
    offline: bool = False,
    progress: Progress | None = None,
    notify: Notify | None = None,
) -> ClipModel | None:
    """Returns the model that a ``--clip`` value names, frozen, on ``device``; None for ``none``.

    ``spec``: ``MODEL`` or ``MODEL:TAG`` of open_clip, ``MODEL:FILE`` (.safetensors, or .pt/.pth/.bin read as plain
    tensors only), a folder with open_clip_config.json and weights, ``hf-hub:OWNER/NAME``, ``builtin``, ``auto`` or
    ``none``; ``auto`` without any on this machine is None too. ``MODEL:random`` has
    random weights and is for speed measurements and tests only.
    ``notify`` gets lines for the user and ``progress`` hears about downloads; without it they are lines too.
    Raises ``ModelError``.
    """
    say = notify or (lambda text: None)
    read = parse_spec(spec)
    if read.kind == "none":
        return None
    if read.kind == "auto":
        chosen = automatic(say)
        return None if not chosen else load_clip(chosen[0], device, offline=True, progress=progress, notify=notify)
    model = _LOADERS[read.kind](read, offline, progress or lines_of_progress(notify), say)
    return model.to(device)


def load_models(
    values: str | Sequence[str],
    device: str | torch.device = "cpu",
    *,
    offline: bool = False,
    progress: Progress | None = None,
    notify: Notify | None = None,
    load: Load | None = None,
) -> list[tuple[ClipModel, float]]:
    """Returns the models and weights of all ``--clip`` values, ready for ``ClipTerm``; empty for ``none``.

    ``auto`` stands for a cached well-known model and the builtin one, as far as they are present. ``load`` takes the
    place of ``load_clip``.
    """
    loaded = []
    for spec, weight in parse_clip(values):
        names = automatic(notify or (lambda text: None)) if spec.lower() == "auto" else [spec]
        still = offline or spec.lower() == "auto"
        for name in names:
            model = (load or load_clip)(name, device, offline=still, progress=progress, notify=notify)
            if model is not None:
                loaded.append((model, weight))
    return loaded


def automatic(notify: Notify) -> list[str]:
    """Returns the names that ``auto`` stands for on this machine: never one that would have to be downloaded."""
    cached = {w.spec for w in available_weights()}
    found = [s for m in WELL_KNOWN for s in sorted(cached) if s.partition(":")[0] == m][:1]
    if builtin_present():
        found.append("builtin")
    if found:
        notify(f"--clip auto: using {' and '.join(found)}")
    else:
        notify("--clip auto: no CLIP weights are on this machine, so pictures are not judged; name one to get it")
    return found


def builtin_present() -> bool:
    """Returns whether the package carries its own model."""
    return (BUILTIN_FOLDER / CONFIG_FILE).is_file()


# ------------------------------------------------------------------ one loader a kind


def _load_tag(spec: ClipSpec, offline: bool, progress: Progress, notify: Notify) -> ClipModel:
    tag = spec.tag or choose_tag(spec.model)
    name = f"{spec.model}:{tag}"
    if not spec.tag:
        notify(f"--clip {spec.model}: using its weights '{tag}'")
    config = tag_config(spec.model, tag)
    path = obtain_weights(name, config, offline, progress)
    return _build(name, spec.model, path, config, offline)


def _load_file(spec: ClipSpec, offline: bool, progress: Progress, notify: Notify) -> ClipModel:
    assert spec.path is not None
    open_clip = import_open_clip()
    if open_clip.get_model_config(spec.model) is None:
        tag_config(spec.model, "")  # raises with the close names
    path = _readable_file(spec.path)
    return _build(spec.text, spec.model, path, _config_of_file(spec.model, path), offline)


def _load_folder(spec: ClipSpec, offline: bool, progress: Progress, notify: Notify) -> ClipModel:
    assert spec.path is not None
    return _build(spec.text, f"local-dir:{spec.path}", _weights_in(spec.path), {}, offline)


def _load_hub(spec: ClipSpec, offline: bool, progress: Progress, notify: Notify) -> ClipModel:
    config = hub.cached_file(spec.model, CONFIG_FILE)
    path = next((p for n in HUB_FILES if (p := hub.cached_file(spec.model, n))), None)
    if (config is None or path is None) and (offline or hub.forced_offline()):
        raise no_weights(spec.text, "the network is switched off")
    config = config or obtain_hub_file(spec.text, spec.model, (CONFIG_FILE,), progress)
    path = path or obtain_hub_file(spec.text, spec.model, HUB_FILES, progress)
    return _build(spec.text, f"local-dir:{config.parent}", path, {}, offline)


def _load_builtin(spec: ClipSpec, offline: bool, progress: Progress, notify: Notify) -> ClipModel:
    if not builtin_present():
        cached = ", ".join(w.spec for w in available_weights()[:4])
        raise ModelError(
            "this version carries no builtin guidance model; use --clip none, name a model such as"
            f" ViT-B-32 (downloaded when not cached; cached: {cached or 'none'}), or a weights file"
        )
    return _build("builtin", f"local-dir:{BUILTIN_FOLDER}", _weights_in(BUILTIN_FOLDER), {}, True)


def _load_random(spec: ClipSpec, offline: bool, progress: Progress, notify: Notify) -> ClipModel:
    if import_open_clip().get_model_config(spec.model) is None:
        tag_config(spec.model, "")
    notify(f"--clip {spec.text}: random weights, which judge nothing; for speed measurements only")
    return _build(spec.text, spec.model, None, {}, offline)


_LOADERS: Mapping[str, Callable[[ClipSpec, bool, Progress, Notify], ClipModel]] = {
    "tag": _load_tag,
    "file": _load_file,
    "folder": _load_folder,
    "hub": _load_hub,
    "builtin": _load_builtin,
    "random": _load_random,
}


# ------------------------------------------------------------------ building


def _build(name: str, source: str, path: Path | None, config: Mapping[str, Any], offline: bool) -> ClipModel:
    """Returns the model of an architecture (open_clip's name or ``local-dir:``) with the weights of a file.

    ``config``: a pretrained tag's entry; its activation and picture statistics belong to the weights.
    """
    open_clip = import_open_clip()
    wanted = {k: config[k] for k in ("mean", "std", "interpolation", "resize_mode") if config.get(k) is not None}
    try:
        with _silent(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            module = open_clip.create_model(
                source,
                load_weights=False,
                pretrained_text=False,
                force_quick_gelu=bool(config.get("quick_gelu")),
                force_preprocess_cfg=wanted,
            )
            tokenizer = _tokenizer(source, offline)
            if path is not None:
                check_weights_file(path)
                open_clip.load_checkpoint(module, str(path), strict=True, weights_only=True)
            rearrange(module.visual)
            fold_norms(module.visual)
            if lively := _of_folder(source).get("lively"):
                leave_out(module.visual, lively)
    except ModelError:
        raise
    except ModuleNotFoundError as error:
        raise ModelError(f"CLIP model '{name}' needs the package '{error.name}'; pip install {error.name}") from error
    except Exception as error:  # open_clip, timm and transformers raise whatever they please on a bad config or file
        lines = str(error).strip().splitlines()
        detail = (lines[1].strip() if len(lines) > 1 and lines[0].endswith(":") else lines[0] if lines else "")[:200]
        at = f"{path}" if path is not None else source
        raise ModelError(
            f"CLIP model '{name}' cannot be made from {at}: {detail or type(error).__name__};"
            " check that the weights belong to this architecture"
        ) from error
    preprocess = Preprocess.of(module.visual.preprocess_cfg)
    return ClipModel(
        name, module, tokenizer, preprocess, path or "random", _of_folder(source).get("framing") == "studio"
    )


def _of_folder(source: str) -> dict[str, Any]:
    """Returns what the folder's config says: its ``framing`` is studio when the model is made for the studio's pictures, and ``lively``
    of them so many patches are computed; nothing of open_clip's own models."""
    if not source.startswith("local-dir:"):
        return {}
    text = (Path(source.removeprefix("local-dir:")) / CONFIG_FILE).read_text(encoding="utf-8")
    return dict(json.loads(text))


def _tokenizer(source: str, offline: bool) -> Callable[[Sequence[str]], Tensor]:
    """Returns the model's tokenizer; files that a folder's config names by a relative path are the folder's."""
    open_clip = import_open_clip()
    extra: dict[str, Any] = {}
    text = open_clip.get_model_config(source)["text_cfg"]
    if source.startswith("local-dir:"):
        merges = (text.get("tokenizer_kwargs") or {}).get("bpe_path")
        if merges and not Path(merges).is_absolute():
            extra["bpe_path"] = str(Path(source.removeprefix("local-dir:")) / merges)
    elif text.get("hf_tokenizer_name") and (offline or hub.forced_offline()):
        named = text["hf_tokenizer_name"]
        if hub.cached_file(named, "tokenizer_config.json") is None and not Path(named).is_dir():
            raise ModelError(f"the tokenizer '{named}' of '{source}' is not on this machine and the network is off")
    made: Callable[[Sequence[str]], Tensor] = open_clip.get_tokenizer(source, **extra)
    return made


def check_weights_file(path: Path) -> None:
    """Returns when a file holds nothing but tensors; raises ``ModelError`` otherwise. Nothing in it is ever run.

    safetensors holds only numbers; other files go through ``torch.load(weights_only=True)``.
    """
    advice = "get them as .safetensors"
    try:
        if path.suffix == ".safetensors":
            from safetensors import safe_open

            with safe_open(str(path), framework="pt") as opened:
                empty = not list(opened.keys())
        else:
            try:
                state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            except RuntimeError as error:
                if "mmap" not in str(error):
                    raise
                state = torch.load(path, map_location="cpu", weights_only=True)
            empty = not isinstance(state, dict) or not state
    except Exception as error:
        lines = str(error).strip().splitlines()
        program = "TorchScript" in str(error)
        kind = "is a TorchScript archive, which holds a program" if program else "is not readable as plain tensors"
        raise ModelError(
            f"weights file {path} {kind} ({(lines[0] if lines else type(error).__name__)[:100]}); {advice}"
        ) from error
    if empty:
        raise ModelError(f"weights file {path} holds no tensors; {advice}")


def _readable_file(path: Path) -> Path:
    if not path.is_file():
        raise ModelError(f"weights file {path} does not exist; check the path, or name a tag such as ViT-B-32:openai")
    if path.suffix.lower() not in WEIGHT_SUFFIXES:
        raise ModelError(f"weights file {path} is of a kind that is not read; give one of {', '.join(WEIGHT_SUFFIXES)}")
    if path.stat().st_size == 0:
        raise ModelError(f"weights file {path} is empty; download it again")
    return path


def _weights_in(folder: Path) -> Path:
    """Returns the weights file of a model folder, the names that open_clip writes first."""
    if not folder.is_dir():
        raise ModelError(f"model folder {folder} does not exist; check the path")
    config = folder / CONFIG_FILE
    try:
        usable = "model_cfg" in json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"model folder {folder} has no readable {CONFIG_FILE}; it is what open_clip saves") from error
    if not usable:
        raise ModelError(f"{config} has no 'model_cfg'; it is not a config that open_clip saved")
    files = sorted(p for p in folder.iterdir() if p.suffix in WEIGHT_SUFFIXES)
    files.sort(key=lambda p: (p.name not in HUB_FILES, p.suffix != ".safetensors"))
    if not files:
        raise ModelError(f"model folder {folder} has no weights ({', '.join(WEIGHT_SUFFIXES)}) beside {CONFIG_FILE}")
    return _readable_file(files[0])


def _config_of_file(model: str, path: Path) -> Mapping[str, Any]:
    """Returns the entry of the tag that a file was published as, by its name or its folder in a cache; else empty."""
    open_clip = import_open_clip()
    whole = str(path.absolute())
    for tag in open_clip.list_pretrained_tags_by_model(model):
        config: Mapping[str, Any] = open_clip.get_pretrained_cfg(model, tag)
        repository = str(config.get("hf_hub") or "").rpartition("/")[0]
        name = str(config.get("url") or "").rpartition("/")[2].rpartition(".")[0]
        if (name and path.stem == name) or (repository and f"models--{repository.replace('/', '--')}" in whole):
            return config
    return {}


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keeps open_clip's remarks off the user's terminal; what matters of them is in our notes and errors."""
    root = logging.getLogger()
    handlers, disabled = list(root.handlers), root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        root.handlers[:] = handlers
