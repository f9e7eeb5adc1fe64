"""One placement case, its JSON form, and folders of cases (docs/benchmark-cases.md)."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import SceneError, SettingsError, did_you_mean
from ..scene.model import Scene
from .predicates import ATTITUDES, PARTS, PREDICATES
from .referee import Expectation, ExpectedRelation

KEYS = ("scene", "object", "prompt", "camera", "anchors", "options", "expect")


@dataclass(frozen=True)
class Case:
    """A task: place ``object`` in the scene by ``prompt``; ``expect`` is what the referee asks of the outcome.

    ``expect`` None: what the engine read from the prompt is asked (geometry still judged by the referee).
    ``open_scene`` builds or reads the scene; ``scene`` does so once and keeps it.
    """

    name: str
    object: str
    prompt: str
    open_scene: Callable[[], Scene]
    camera: str | None = None
    anchors: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    expect: Expectation | None = None

    @cached_property
    def scene(self) -> Scene:
        """The scene with the object where it starts."""
        return self.open_scene()


def expectation_from(data: Mapping[str, Any], where: str) -> Expectation:
    """Returns the expectation of its JSON form. Raises SettingsError that names the place and the fault."""
    table = _object(data, where, ("relations", "attitude", "scale", "supported"))
    relations = []
    entries = table.get("relations", [])
    if not isinstance(entries, list):
        raise SettingsError(f'{where}: relations is not a list; write [{{"relation": "on", "anchors": ["Table"]}}]')
    for entry in entries:
        entry = _object(entry, f"{where}: relation", ("relation", "anchors", "frame", "part"))
        name = entry.get("relation")
        if name not in PREDICATES:
            raise SettingsError(f"{where}: no relation '{name}'" + did_you_mean(str(name), PREDICATES))
        anchors = _names(entry.get("anchors", []), f"{where}: anchors of '{name}'")
        wanted = PREDICATES[name][0]
        if len(anchors) != wanted and not (wanted == 1 and not anchors):
            raise SettingsError(f"{where}: '{name}' has {len(anchors)} anchors; give {wanted}")
        frame, part = entry.get("frame"), entry.get("part")
        if frame not in (None, "camera", "anchor") or part not in (None, "any", *PARTS):
            raise SettingsError(f"{where}: '{name}' has frame {frame!r} and part {part!r}; frame is camera or anchor, part "
                                "top, middle, bottom or any")  # fmt: skip
        relations.append(ExpectedRelation(name, anchors, frame, part))
    attitude, scale, supported = table.get("attitude"), table.get("scale"), table.get("supported")
    if attitude is not None and attitude not in ATTITUDES:
        raise SettingsError(f"{where}: no attitude '{attitude}'" + did_you_mean(str(attitude), ATTITUDES))
    if scale is not None:
        good = (
            isinstance(scale, list)
            and len(scale) == 2
            and all(isinstance(v, int | float) and math.isfinite(v) for v in scale)
        )
        if not good or not 0 < scale[0] <= scale[1]:
            raise SettingsError(f"{where}: scale {scale} is not [LOW, HIGH] with 0 < LOW <= HIGH")
        scale = (float(scale[0]), float(scale[1]))
    if supported is not None and not isinstance(supported, bool):
        raise SettingsError(f"{where}: supported is {supported!r}; write true or false")
    return Expectation(tuple(relations), attitude, scale, supported)


def expectation_json(expect: Expectation) -> dict[str, Any]:
    """Returns the JSON form of an expectation, without what is unset."""
    entries = []
    for relation in expect.relations:
        entry: dict[str, Any] = {"relation": relation.relation, "anchors": list(relation.anchors)}
        entry.update({k: v for k, v in (("frame", relation.frame), ("part", relation.part)) if v is not None})
        entries.append(entry)
    plain: dict[str, Any] = {"relations": entries}
    if expect.attitude is not None:
        plain["attitude"] = expect.attitude
    if expect.scale is not None:
        plain["scale"] = list(expect.scale)
    if expect.supported is not None:
        plain["supported"] = expect.supported
    return plain


def write_cases(folder: str | Path, cases: Iterable[Case]) -> list[Path]:
    """Returns the JSON files written: for each case NAME.json beside NAME.glb, the scene."""
    from ..scene.write import write_glb

    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot make the folder '{target}': {error.strerror}; choose another") from error
    written = []
    for case in cases:
        write_glb(case.scene, target / f"{case.name}.glb")
        plain: dict[str, Any] = {"scene": f"{case.name}.glb", "object": case.object, "prompt": case.prompt}
        if case.camera is not None:
            plain["camera"] = case.camera
        if case.anchors:
            plain["anchors"] = list(case.anchors)
        if case.options:
            plain["options"] = dict(case.options)
        if case.expect is not None:
            plain["expect"] = expectation_json(case.expect)
        path = target / f"{case.name}.json"
        beside = path.with_suffix(".json.part")
        beside.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(beside, path)
        written.append(path)
    return written


def read_cases(folder: str | Path) -> list[Case]:
    """Returns the cases of a folder's JSON files, by name; scenes are read when they are used.

    Raises SettingsError naming the file and the fault, or when there is no case at all.
    """
    source = Path(folder)
    if not source.is_dir():
        raise SettingsError(f"no folder '{source}' with cases; give one that holds NAME.json files beside their scenes")
    cases = [read_case(path) for path in sorted(source.glob("*.json"))]
    if not cases:
        raise SettingsError(f"no case in '{source}': it holds no .json file; see docs/benchmark-cases.md for the form")
    return cases


def read_case(path: Path) -> Case:
    """Returns the case of one JSON file. Raises SettingsError naming the file and the fault."""
    try:
        if path.stat().st_size > 1 << 20:
            raise SettingsError(f"case '{path.name}' is larger than 1 MB; it is no case")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise SettingsError(f"case '{path.name}' cannot be read: {error}; write one JSON object") from None
    where = f"case '{path.name}'"
    table = _object(data, where, KEYS)
    for key in ("scene", "object", "prompt"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise SettingsError(f"{where}: '{key}' is missing or no text; every case has scene, object and prompt")
    camera = table.get("camera")
    if camera is not None and not isinstance(camera, str):
        raise SettingsError(f"{where}: camera is {camera!r}; write its name")
    scene = path.parent / table["scene"]
    if not scene.exists():
        raise SettingsError(f"{where}: no scene '{table['scene']}' beside it; correct the path")
    options = table.get("options", {})
    if not isinstance(options, dict):
        raise SettingsError(f'{where}: options is not an object; write {{"scale_range": [0.5, 2]}} or leave it out')
    expect = None if table.get("expect") is None else expectation_from(table["expect"], f"{where}: expect")

    def open_scene() -> Scene:
        from ..scene.load import load_scene

        return load_scene(scene)

    return Case(path.stem, table["object"], table["prompt"], open_scene, camera, _names(table.get("anchors", []), f"{where}: anchors"),
                options, expect)  # fmt: skip


def check_case(case: Case) -> None:
    """Raises SceneError when the scene lacks the case's object, camera or anchors."""
    scene = case.scene
    names = [case.object, *case.anchors]
    if case.expect is not None:
        names += [a for r in case.expect.relations for a in r.anchors if a not in ("", "room", "camera")]
    try:
        for name in names:
            scene.object(name)
        if case.camera is not None:
            scene.camera(case.camera)
    except SceneError as error:
        raise SceneError(f"case '{case.name}': {error}") from None


def _object(data: Any, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise SettingsError(f"{where} is not a JSON object; write {{...}} with {', '.join(keys)}")
    for key in data:
        if key not in keys:
            raise SettingsError(f"{where}: unknown key '{key}'" + did_you_mean(str(key), keys))
    return dict(data)


def _names(data: Any, where: str) -> tuple[str, ...]:
    if isinstance(data, str) or not isinstance(data, Iterable) or not all(isinstance(n, str) for n in data):
        raise SettingsError(f"{where}: {data!r} is not a list of names")
    return tuple(data)
