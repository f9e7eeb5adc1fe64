"""Training data on disk: groups of pictures that differ in one object's pose, and what holds in each.

A folder holds shards of three files each: ``shard-00000.pictures.npy`` (uint8 [N, S, S, 3], sRGB, rows from the top),
``shard-00000.labels.npz`` (arrays over the N pictures) and ``shard-00000.groups.json``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SettingsError
from ..scene.model import Array

ROOM, CAMERA = -1, -2
"""Anchors that are no thing of the group."""
CELLS = 24
"""Cells along each side of a picture for which it is known what they show."""
TARGET, NOTHING, UNKNOWN_CELL = 253, 254, 255
"""What cells show besides a thing, whose place in the group's things they give."""
SIZES = ("tiny", "small", "medium", "large", "huge")


@dataclass(frozen=True)
class Thing:
    """One object of a scene: ``noun`` is the vocabulary's canonical noun, None where no noun says what it is.

    ``role``: ``thing``, ``floor`` or ``wall``.
    """

    name: str
    kind: str
    noun: str | None = None
    colour: str | None = None
    material: str | None = None
    role: str = "thing"


@dataclass(frozen=True)
class Fact:
    """Something that holds or not in each picture. ``what``: ``relation``, ``attitude`` or ``size``.

    ``anchors`` index the group's things; ``ROOM`` and ``CAMERA`` stand for those. ``unit``: the margin at which the fact
    holds clearly (metres, radians or log ratio, as the margin is).
    """

    what: str
    name: str
    anchors: tuple[int, ...] = ()
    unit: float = 1.0


@dataclass(frozen=True)
class Group:
    """What the pictures of one scene, camera and target have in common. ``source``: ``render`` or ``cycles``."""

    target: Thing
    things: tuple[Thing, ...]
    facts: tuple[Fact, ...]
    source: str = "render"
    camera: dict[str, float] = field(default_factory=dict)
    split: str = "train"

    def plain(self) -> dict[str, Any]:
        """Returns the JSON form."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class GroupPictures:
    """A group with its pictures [K, S, S, 3] uint8.

    margin [K, F] (>= 0 holds, NaN undefined), visible [K] (share of the target's pixels that is seen), area [K] (share of
    the picture that is the target), pose [K, 4, 4] (object frame to world), cells [K, CELLS, CELLS] uint8 or None.
    """

    group: Group
    pictures: Array
    margin: Array
    visible: Array
    area: Array
    pose: Array
    cells: Array | None = None


def groups_from(data: Sequence[dict[str, Any]]) -> list[Group]:
    """Returns the groups of their JSON forms; those of one scene, which follow each other, share their facts. Raises SettingsError
    when something is missing."""
    found: list[Group] = []
    for i, each in enumerate(data):
        same = i > 0 and each.get("facts") == data[i - 1].get("facts")
        found.append(_group(each, found[-1].facts if same else None))
    return found


def _group(data: dict[str, Any], facts: tuple[Fact, ...] | None) -> Group:
    try:
        if facts is None:
            facts = tuple(Fact(f["what"], f["name"], tuple(f["anchors"]), float(f["unit"])) for f in data["facts"])
        things = tuple(Thing(**t) for t in data["things"])
        return Group(Thing(**data["target"]), things, facts, data["source"], data["camera"], data["split"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"a group of the training data cannot be read: {error}; generate the data again") from None


def write_shard(folder: Path, index: int, made: Sequence[GroupPictures]) -> None:
    """Writes the groups as shard ``index`` of the folder: beside, then renamed, the list of groups last."""
    folder.mkdir(parents=True, exist_ok=True)
    width = max(g.margin.shape[1] for g in made)
    margin = np.concatenate(
        [np.pad(g.margin, ((0, 0), (0, width - g.margin.shape[1])), constant_values=np.nan) for g in made]
    )
    labels = {
        "group": np.repeat(np.arange(len(made)), [len(g.pictures) for g in made]).astype(np.int32),
        "margin": margin.astype(np.float32),
        "visible": np.concatenate([g.visible for g in made]).astype(np.float32),
        "area": np.concatenate([g.area for g in made]).astype(np.float32),
        "pose": np.concatenate([g.pose for g in made]).astype(np.float32),
    }
    if all(g.cells is not None for g in made):
        labels["cells"] = np.concatenate([g.cells for g in made if g.cells is not None])
    stem = folder / f"shard-{index:05d}"
    part = stem.with_name(stem.name + ".part")
    with open(part, "wb") as file:
        np.save(file, np.concatenate([g.pictures for g in made]), allow_pickle=False)
    os.replace(part, f"{stem}.pictures.npy")
    with open(part, "wb") as file:
        np.savez_compressed(file, **labels)  # type: ignore[arg-type]
    os.replace(part, f"{stem}.labels.npz")
    part.write_text(json.dumps([g.group.plain() for g in made], separators=(",", ":")), encoding="utf-8")
    os.replace(part, f"{stem}.groups.json")


class Dataset:
    """All groups of one or several folders; pictures stay on disk until they are asked for.

    ``size``: pixels of a side that pictures are shrunk to as they are read; None leaves them as they are.
    Raises SettingsError when a folder holds no complete shard or a damaged one, or smaller pictures.
    """

    def __init__(self, folders: Path | Sequence[Path], size: int | None = None) -> None:
        self._begin([folders] if isinstance(folders, Path) else list(folders), size)
        for folder in self.folders:
            names = sorted(folder.glob("shard-*.groups.json"))
            if not names:
                raise SettingsError(f"no training data in '{folder}'; make some with: sgvop train-guidance data")
            for name in names:
                self._add(name.with_name(name.name.removesuffix(".groups.json")))

    def _begin(self, folders: list[Path], size: int | None) -> None:
        self.folders, self.size = folders, size
        self.groups: list[Group] = []
        self._where: list[tuple[int, int, int]] = []  # shard, first and last picture
        self._stems: list[Path] = []
        self._pictures: list[Array] = []
        self._labels: list[dict[str, Array]] = []

    def _add(self, stem: Path) -> None:
        try:
            groups = groups_from(json.loads(Path(f"{stem}.groups.json").read_text(encoding="utf-8")))
            pictures = np.load(f"{stem}.pictures.npy", mmap_mode="r", allow_pickle=False)
            with np.load(f"{stem}.labels.npz", allow_pickle=False) as file:
                labels = {
                    key: file[key] for key in ("group", "margin", "visible", "area", "pose", "cells") if key in file
                }
        except (OSError, ValueError, KeyError) as error:
            raise SettingsError(f"shard '{stem.name}' is damaged ({error}); delete it and generate it again") from None
        if self.size is not None and pictures.shape[1] < self.size:
            raise SettingsError(
                f"shard '{stem.name}' has pictures of {pictures.shape[1]} pixels, the model takes {self.size}; generate larger ones"
            )
        counts = np.bincount(labels["group"], minlength=len(groups))
        if len(counts) != len(groups) or counts.sum() != len(pictures):
            raise SettingsError(f"shard '{stem.name}' does not fit together; delete it and generate it again")
        ends = np.cumsum(counts)
        shard = len(self._pictures)
        self._stems.append(stem)
        self._pictures.append(pictures)
        self._labels.append(labels)
        self.groups += groups
        self._where += [(shard, int(end - count), int(end)) for end, count in zip(ends, counts, strict=True)]

    def __getstate__(self) -> dict[str, Any]:
        return {"size": self.size, "folders": self.folders, "stems": self._stems}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Another process opens the same shards again, though there may be more of them by now."""
        self._begin(state["folders"], state["size"])
        for stem in state["stems"]:
            self._add(stem)

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def count(self) -> int:
        """The number of pictures."""
        return sum(len(p) for p in self._pictures)

    def margins(self) -> Iterator[tuple[Group, Array]]:
        """Yields each group with the margins [K, F] of its pictures, which are not read."""
        for group, (shard, first, last) in zip(self.groups, self._where, strict=True):
            yield group, self._labels[shard]["margin"][first:last, : len(group.facts)]

    def group(self, index: int) -> GroupPictures:
        """Returns one group with its pictures and labels, read from disk."""
        shard, first, last = self._where[index]
        group, labels = self.groups[index], self._labels[shard]
        margin = labels["margin"][first:last, : len(group.facts)]
        visible, area, pose = (labels[key][first:last] for key in ("visible", "area", "pose"))
        cells = labels["cells"][first:last] if "cells" in labels else None
        return GroupPictures(
            group, shrunk(np.asarray(self._pictures[shard][first:last]), self.size), margin, visible, area, pose, cells
        )


def shrunk(pictures: Array, size: int | None) -> Array:
    """Returns pictures [K, size, size, 3] uint8 of larger ones, antialiased; the same where they have that size."""
    if size is None or pictures.shape[1] == size:
        return pictures
    import torch

    planes = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2)
    small = torch.nn.functional.interpolate(planes, (size, size), mode="bilinear", antialias=True)
    return np.ascontiguousarray(small.permute(0, 2, 3, 1).numpy())
