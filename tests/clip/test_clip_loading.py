"""Every way to get a model, and every way in which that fails, without any network."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sgvop_core.errors import ModelError
from sgvop_core.guidance.clip import (
    Download,
    available_weights,
    hub,
    import_open_clip,
    load,
    load_clip,
    load_models,
    weights,
)
from sgvop_core.guidance.clip.doctor import doctor_clip

State = dict[str, torch.Tensor]
MakeCached = Callable[..., Path]


@pytest.fixture
def tags(tiny_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two published weights of the tiny architecture."""
    from open_clip import pretrained

    plain = {
        "url": "",
        "hf_hub": "acme/tiny/",
        "mean": (0.1, 0.2, 0.3),
        "std": (0.5, 0.5, 0.5),
        "resize_mode": "squash",
    }
    quick = {"url": "", "hf_hub": "acme/quick/", "quick_gelu": True}
    monkeypatch.setitem(pretrained._PRETRAINED, tiny_name, {"plain": plain, "quick": quick})


@pytest.fixture
def cached(empty_caches: Path, tiny_state: State) -> MakeCached:
    """Puts weights into the hub's cache as the hub's client lays it out."""

    def make(repository: str, name: str = "open_clip_model.safetensors", config: dict[str, Any] | None = None) -> Path:
        folder = empty_caches / f"models--{repository.replace('/', '--')}"
        snapshot = folder / "snapshots" / ("0" * 40)
        snapshot.mkdir(parents=True, exist_ok=True)
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text("0" * 40)
        save_file(tiny_state, snapshot / name)
        if config is not None:
            (snapshot / "open_clip_config.json").write_text(json.dumps(config))
        return snapshot / name

    return make


def holds(model: Any, state: State) -> bool:
    return all(torch.equal(value, state[name]) for name, value in model.module.state_dict().items())


def test_a_folder_gives_its_weights_and_its_preprocessing_frozen(tiny_folder: Path, tiny_state: State) -> None:
    model = load_clip(str(tiny_folder))
    assert model is not None and holds(model, tiny_state)
    assert model.preprocess.size == (32, 32) and model.preprocess.mean == (0.5, 0.4, 0.3)
    assert model.preprocess.interpolation == "bilinear" and model.preprocess.resize_mode == "squash"
    assert not model.module.training and not any(p.requires_grad for p in model.module.parameters())


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".bin"])
def test_a_file_of_plain_tensors_loads(suffix: str, tmp_path: Path, tiny_name: str, tiny_state: State) -> None:
    path = tmp_path / f"w{suffix}"
    save_file(tiny_state, path) if suffix == ".safetensors" else torch.save({"state_dict": tiny_state}, path)
    model = load_clip(f"{tiny_name}:{path}")
    assert model is not None and holds(model, tiny_state)


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.write_text, (self.target, "ran")


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".pth"])
@pytest.mark.parametrize("plain_pickle", [True, False])
def test_a_file_that_would_run_code_is_refused_and_does_not_run(
    suffix: str, plain_pickle: bool, tmp_path: Path, tiny_name: str
) -> None:
    path, proof = tmp_path / f"w{suffix}", tmp_path / "proof"
    path.write_bytes(pickle.dumps(Bomb(proof))) if plain_pickle else torch.save({"state_dict": Bomb(proof)}, path)
    with pytest.raises(ModelError, match=r"plain tensors.*safetensors") as caught:
        load_clip(f"{tiny_name}:{path}")
    assert not proof.exists() and "\n" not in str(caught.value)


def test_a_torchscript_archive_is_refused(tmp_path: Path, tiny_name: str) -> None:
    path = tmp_path / "w.pt"
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), path)
    with pytest.raises(ModelError, match="TorchScript"):
        load_clip(f"{tiny_name}:{path}")


def bad_files(tmp_path: Path, state: State) -> dict[str, tuple[Path, str]]:
    (tmp_path / "empty.pt").write_bytes(b"")
    (tmp_path / "junk.safetensors").write_bytes(b"\xff" * 100)
    (tmp_path / "weights.txt").write_text("x")
    save_file({"visual.proj": torch.zeros(3, 3)}, tmp_path / "other.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(b"")
    save_file(state, tmp_path / "whole.safetensors")
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "whole.safetensors").read_bytes()[:5000])
    return {
        "missing": (tmp_path / "none.pt", "does not exist"),
        "empty": (tmp_path / "empty.pt", "is empty"),
        "junk": (tmp_path / "junk.safetensors", "not readable"),
        "cut": (tmp_path / "cut.safetensors", "not readable"),
        "other": (tmp_path / "other.safetensors", "belong to this architecture"),
    }


@pytest.mark.parametrize("case", ["missing", "empty", "junk", "cut", "other"])
def test_a_bad_weights_file_is_one_line_that_names_it(
    case: str, tmp_path: Path, tiny_name: str, tiny_state: State
) -> None:
    path, words = bad_files(tmp_path, tiny_state)[case]
    with pytest.raises(ModelError, match=words) as caught:
        load_clip(f"{tiny_name}:{path}")
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_without_config_or_weights_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"open_clip_config\.json"):
        load_clip(f"local-dir:{tmp_path}")
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {}}')
    with pytest.raises(ModelError, match="has no weights"):
        load_clip(str(tmp_path))
    with pytest.raises(ModelError, match="does not exist"):
        load_clip("local-dir:/no/such/folder")


def test_unknown_names_are_answered_with_close_ones(tiny_name: str) -> None:
    with pytest.raises(ModelError, match=r"did you mean 'sgvop-tiny'"):
        load_clip("sgvop-tinny")
    with pytest.raises(ModelError, match=r"no pretrained weights 'openay'; did you mean 'openai'"):
        load_clip("ViT-B-32:openay")
    with pytest.raises(ModelError, match=r"sgvop-tiny:/path/to"):
        load_clip(tiny_name)


def test_offline_without_weights_is_one_line_with_three_ways_out(tags: None, tiny_name: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_clip(f"{tiny_name}:plain", offline=True)
    text = str(caught.value)
    assert "\n" not in text and f"--clip {tiny_name}:/path/to" in text
    assert "cached model" in text and "--clip builtin" in text and "--clip none" in text


def test_a_failing_network_names_its_cause_and_the_ways_out(
    tags: None, tiny_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(repository: str, name: str) -> int:
        raise OSError("Name or service not known\nmore")

    monkeypatch.setattr(hub, "remote_size", fail)
    with pytest.raises(ModelError, match="Name or service not known") as caught:
        load_clip(f"{tiny_name}:plain")
    assert "\n" not in str(caught.value) and "--clip none" in str(caught.value)


def test_cached_weights_load_offline_with_the_settings_they_were_published_with(
    tags: None, cached: MakeCached, tiny_name: str, tiny_state: State
) -> None:
    cached("acme/tiny")
    model = load_clip(f"{tiny_name}:plain", offline=True)
    assert model is not None and holds(model, tiny_state)
    assert model.preprocess.mean == (0.1, 0.2, 0.3) and model.preprocess.resize_mode == "squash"
    assert model.name == f"{tiny_name}:plain"


def test_weights_trained_with_quick_gelu_get_it(tags: None, cached: MakeCached, tiny_name: str) -> None:
    cached("acme/quick"), cached("acme/tiny")
    kinds = {}
    for tag in ("quick", "plain"):
        model = load_clip(f"{tiny_name}:{tag}", offline=True)
        assert model is not None
        kinds[tag] = {type(m).__name__ for m in model.module.modules()}
    assert "QuickGELU" in kinds["quick"] and "QuickGELU" not in kinds["plain"]


def test_a_file_in_a_cache_keeps_the_settings_of_its_tag(tags: None, cached: MakeCached, tiny_name: str) -> None:
    model = load_clip(f"{tiny_name}:{cached('acme/quick')}")
    assert model is not None and "QuickGELU" in {type(m).__name__ for m in model.module.modules()}


def test_a_bare_name_prefers_what_is_cached_and_says_so(tags: None, cached: MakeCached, tiny_name: str) -> None:
    cached("acme/quick")
    said: list[str] = []
    model = load_clip(tiny_name, offline=True, notify=said.append)
    assert model is not None and model.name == f"{tiny_name}:quick"
    assert any("'quick'" in line for line in said)


def test_a_download_says_size_and_place_before_the_first_byte(
    tags: None,
    cached: MakeCached,
    empty_caches: Path,
    tiny_name: str,
    tiny_state: State,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[Any] = []

    def fetch(repository: str, name: str, on_bytes: Callable[[int], None]) -> Path:
        events.append("fetch")
        on_bytes(4_000_000), on_bytes(3_000_000)
        return cached(repository, name)

    monkeypatch.setattr(
        hub, "remote_size", lambda repository, name: 7_000_000 if name.endswith(".safetensors") else None
    )
    monkeypatch.setattr(hub, "fetch_file", fetch)
    model = load_clip(f"{tiny_name}:plain", progress=events.append)
    assert model is not None and holds(model, tiny_state)
    first = events[0]
    assert isinstance(first, Download) and events[1] == "fetch"
    assert first.text == f"downloading {tiny_name}:plain, 7 MB, to {empty_caches}"
    assert [e.done for e in events if e != "fetch"] == [0, 4_000_000, 7_000_000]
    lines: list[str] = []
    report = weights.lines_of_progress(lines.append)
    for event in events:
        if event != "fetch":
            report(event)
    assert lines == [first.text, f"{tiny_name}:plain: 50 %", f"{tiny_name}:plain: 100 %"]


def test_the_hubs_two_bars_for_the_same_bytes_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def download(repository: str, name: str, cache_dir: Path, tqdm_class: Any) -> str:
        with tqdm_class(total=10, initial=2, unit="B") as one, tqdm_class(total=8, name="x", disable=None) as two:
            one.update(5), two.update(8), one.update(3)
        return str(tmp_path / name)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    counts: list[int] = []
    assert hub.fetch_file("acme/tiny", "w", counts.append) == tmp_path / "w"
    assert sum(counts) == 10


def test_a_disk_that_is_too_small_is_told_before_the_download(
    tags: None, tiny_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "remote_size", lambda repository, name: 10**18)
    with pytest.raises(ModelError, match="make room"):
        load_clip(f"{tiny_name}:plain", progress=lambda report: None)


def test_a_plain_download_is_checked_and_never_left_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "weights-00000000.pt"
    source.write_bytes(b"x" * 3000)
    with pytest.raises(ModelError, match="arrived damaged"):
        hub.fetch_url(source.as_uri(), "00000000", lambda count: None)
    assert list((tmp_path / "urls").iterdir()) == []
    counts: list[int] = []
    path = hub.fetch_url(source.as_uri(), "", counts.append)
    assert path == tmp_path / "urls" / source.name and sum(counts) == 3000


def test_the_hub_by_its_own_name(cached: MakeCached, tiny_folder: Path, tiny_state: State) -> None:
    cached("acme/other", config=json.loads((tiny_folder / "open_clip_config.json").read_text()))
    model = load_clip("hf-hub:acme/other", offline=True)
    assert model is not None and holds(model, tiny_state) and model.preprocess.std == (0.2, 0.25, 0.3)
    assert [w.spec for w in available_weights()] == ["hf-hub:acme/other"]
    with pytest.raises(ModelError, match="hf-hub:acme/absent"):
        load_clip("hf-hub:acme/absent", offline=True)


def test_auto_never_downloads_and_says_what_it_uses(
    tiny_name: str, tags: None, cached: MakeCached, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(load, "BUILTIN_FOLDER", tmp_path)
    said: list[str] = []
    assert load_clip("auto", notify=said.append) is None and "no CLIP weights" in said[-1]
    assert load_models(["auto"], notify=said.append) == []
    cached("acme/tiny")
    monkeypatch.setattr(load, "WELL_KNOWN", (tiny_name,))
    model = load_clip("auto", notify=said.append)
    assert model is not None and model.name == f"{tiny_name}:plain" and f"using {tiny_name}:plain" in said[-1]


def test_builtin_says_plainly_when_it_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "BUILTIN_FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"no builtin guidance model; use --clip none, name a model") as caught:
        load_clip("builtin")
    assert "\n" not in str(caught.value)


def test_builtin_is_a_model_folder_and_joins_auto(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "BUILTIN_FOLDER", tiny_folder)
    found = load_models(["auto*0.5"])
    assert [(m.name, w) for m, w in found] == [("builtin", 0.5)]


def test_a_folder_brings_its_own_tokenizer(tmp_path: Path, tiny_folder: Path, tiny_state: State) -> None:
    with gzip.open(tmp_path / "words.txt.gz", "wt") as out:
        out.write("#version\nc u\ncu p</w>\n")
    config = json.loads((tiny_folder / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"] |= {"vocab_size": 520, "tokenizer_kwargs": {"bpe_path": "words.txt.gz"}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    save_file({**tiny_state, "token_embedding.weight": torch.randn(520, 16)}, tmp_path / "open_clip_model.safetensors")
    model = load_clip(str(tmp_path))
    assert model is not None
    assert int((model.tokenizer(["cup"])[0] > 0).sum()) == 3  # start, "cup", end
    assert model.encode_text(["cup", "a"]).shape == (2, 16)


def test_random_weights_are_the_same_every_time_and_leave_the_random_state_alone(tiny_name: str) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    a, b = load_clip(f"{tiny_name}:random"), load_clip(f"{tiny_name}:random")
    assert a is not None and b is not None and holds(a, dict(b.module.state_dict()))
    assert torch.equal(before, torch.get_rng_state()) and a.weights == "random"


def test_none_is_no_model() -> None:
    assert load_clip("none") is None and load_models(["none"]) == []


def test_doctor_reports_plain_facts(tags: None, cached: MakeCached, tiny_name: str, empty_caches: Path) -> None:
    cached("acme/tiny")
    facts = json.loads(json.dumps(doctor_clip()))
    assert facts["open_clip"] and facts["problem"] is None and facts["cache_folder"] == str(empty_caches)
    assert facts["weights"][0]["spec"] == f"{tiny_name}:plain" and facts["weights"][0]["bytes"] > 1e6
    assert facts["torchvision_state"] in ("works", "library does not load, operators declared")
    assert import_open_clip().__version__ == facts["open_clip"]
