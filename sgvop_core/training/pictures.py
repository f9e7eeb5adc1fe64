"""A stage: one random scene with its target, from which poses, their labels and their pictures are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch

from ..assets.registry import KINDS
from ..guidance.clip.framing import close_up, place_box
from ..guidance.clip.pin import pinned
from ..guidance.clip.preprocess import resize_matrix
from ..guidance.clip.seethrough import by_itself
from ..guidance.clip.sheet import ACROSS, CAMERAS, FRONT, WHOLE
from ..guidance.clip.sheet_renderer import SheetRenderer
from ..guidance.clip.studio import in_studio, room_place, studio_cameras
from ..placement.shown import shown_to_clip
from ..pose import Pose
from ..render.contract import Renderer
from ..render.mesh_renderer import MeshRenderer
from ..scene.body import Body, make_body
from ..scene.cameras import projection
from ..scene.geometry import SceneGeometry
from ..scene.model import Array, Camera, Scene
from .cameras import CameraOptions, random_camera
from .data import Fact, Group, GroupPictures, Thing
from .labels import Labeller
from .named_things import only_named
from .poses import PoseOptions, PoseSampler
from .restyle import restyled
from .scenery import Scenery, SceneryOptions, make_scenery
from .snapshots import Snapshots
from .split import Split

ANCHORS = 2
"""Things of a scene whose relations are measured; more take time and say little more."""
LEAST_AREA = 4e-4
"""Share of the picture that the target covers; below that it is not in it."""


class Stage:
    """One scene, its target, and cameras of one aspect that look at it. ``named``: the things that its pictures are about,
    None for all; ``drawn``: the body as they show it, ``close`` as a sheet's detail does; ``studio``: the place [2, 3] that they
    show in the studio, None elsewhere."""

    def __init__(self, scenery: Scenery, cameras: Sequence[Camera], size: int, split: Split, *, scaled: bool,
                 poses: PoseOptions | None = None, options: SceneryOptions | None = None, studio: Array | None = None) -> None:  # fmt: skip
        self.scenery, self.cameras, self.size, self.split = scenery, tuple(cameras), size, split
        self.target: Thing = scenery.target
        self.things: tuple[Thing, ...] = tuple(scenery.things)
        self.scene = Scene(
            tuple(scenery.objects), self.cameras, tuple(scenery.lights), scenery.ambient, scenery.background
        )
        self.body: Body = make_body(self.scene, [self.target.name])
        self.drawn = self.close = self.body
        self.geometry = SceneGeometry(self.scene, [self.target.name])
        chosen = [i for i, t in enumerate(self.things) if about(scenery, t)][:ANCHORS]
        self.labeller = Labeller(
            self.geometry, self.body, self.cameras, self.things, chosen,
            fronted=studio is not None or is_fronted(self.target.kind),  # the studio's pin shows a front of all things
            size_ratio=scenery.size_ratio if scenery.natural and self.target.noun else None,
            room=studio is None or not chosen,  # where something is named walls may be out of sight
        )  # fmt: skip
        self.named: tuple[int, ...] | None = None if scenery.named is None else tuple(chosen)
        self.studio = studio
        self.views: tuple[Camera, ...] = self.cameras[:1]
        """The cameras that ``render`` shows, of a sheet all of its views'."""
        self.sheet = studio is not None
        """Whether the pictures are sheets (``guidance.clip.sheet``)."""
        if studio is not None:
            self.views = studio_cameras(self.camera, studio)
        self._scaled, self._poses, self._options = scaled, poses, options
        self._fill = 0.0

    def closer(self, anchors: Sequence[int], framing: str = "studio") -> Stage:
        """Returns the stage as a placement shows it to CLIP for a prompt that names those things (``framing`` studio or place,
        as in ``PlaceSettings``). What is measured stays; ``named`` tells the things."""
        made = copy(self)
        made.__dict__.pop("renderer", None)
        made.named, made._fill = tuple(anchors), 0.0
        names = [self.things[a].name for a in anchors]
        shown = shown_to_clip(
            self.scene, self.body, self.geometry, names, self.camera, self.scenery.focus,
            views=1, framing=framing,
        )  # fmt: skip
        made.scene, made.drawn, made.views, made.sheet = shown.scene, shown.body, tuple(shown.cameras), shown.sheet
        made.close = shown.close or shown.body
        made.cameras = (made.views[CAMERAS.index(FRONT)],) if shown.sheet else made.views
        return made

    @property
    def camera(self) -> Camera:
        """The first camera."""
        return self.cameras[0]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is measured of every pose."""
        return self.labeller.facts

    @cached_property
    def renderer(self) -> Renderer:
        """The differentiable renderer of the target over the rest, square pixels; wider than high for wide cameras."""
        if self.sheet:

            def make(size: tuple[int, int], body: Body, alone: bool) -> Renderer:
                return MeshRenderer(by_itself(self.scene, body.names) if alone else self.scene, body, size)

            return SheetRenderer(make, self._side, self.body, self.drawn, self.close)
        return MeshRenderer(self.scene, self.drawn, picture_shape(self._side, self.camera.aspect))

    @property
    def _side(self) -> int:
        """Pixels along each side of a view."""
        return self.size // ACROSS if self.sheet else self.size

    def sample_poses(self, rng: np.random.Generator, count: int, kind: str = "mixed", camera: int = 0) -> Array:
        """Returns poses [K, 4, 4] (object frame to world), K <= count; ``mixed`` ones aim at relations, ``random`` at none."""
        among = range(len(self.things)) if not self.named else self.named
        shown = {t.name: self.geometry.bounds(t.name) for t in (self.things[i] for i in among) if t.role == "thing"}
        shown = shown or {"": self.scenery.focus}
        walls = [t.name for t in self.things if t.role == "wall"]
        sampler = PoseSampler(
            self.geometry, self.body, self.cameras[camera], shown, walls, scaled=self._scaled, options=self._poses
        )
        return sampler.draw(rng, count, kind)

    def margins(self, matrices: Array, camera: int = 0) -> Array:
        """Returns the margins [K, F] of poses: >= 0 holds, about 1 clearly, -1 clearly not."""
        return self.labeller.margins(matrices, camera)

    def render(self, matrices: Array) -> tuple[Array, Array, Array]:
        """Returns pictures [K, V, S, S, 3] uint8 sRGB (squashed to squares) from the V cameras of ``views``, or those that a sheet is
        made of (``guidance.clip.sheet.VIEWS``), half as large, visible [K] of the target where most of it is seen, and the share [K]
        of the picture that it covers, of several pictures that of the fullest."""
        poses = Pose.from_matrices(torch.as_tensor(matrices, dtype=torch.float32), torch.zeros(3))
        with torch.no_grad():
            views = self.renderer.render(poses, self.views)
        areas = views.alpha.clamp(0, 1).mean((2, 3)).numpy().astype(np.float32)
        pictures = squashed(views.rgb.flatten(0, 1), self._side)
        pictures = pictures.reshape(*areas.shape, self._side, self._side, 3)
        areas = areas[:, WHOLE] if self.sheet else areas
        return pictures, self._visible(matrices, self.views, areas), areas.mean(1) if self.sheet else areas.max(1)

    def group(self, camera: int = 0) -> Group:
        """Returns what pictures of this stage have in common."""
        return Group(self.target, self.things, self.facts, "render", camera_facts(self.cameras[camera]), self.split)

    def groups(self, rng: np.random.Generator, count: int) -> list[GroupPictures]:
        """Returns a group of up to ``count`` pictures with labels for each camera, quickly drawn, each in a look of its own;
        cameras that hardly see any pose are left out."""
        matrices = [self.sample_poses(rng, count, camera=c) for c in range(len(self.cameras))]
        if not sum(len(m) for m in matrices):
            return []
        margins = self.labeller.margins_by_camera(matrices)
        found = []
        for c, (poses, margin) in enumerate(zip(matrices, margins, strict=True)):
            look = self.scenery if c == 0 else restyled(self.scenery, rng, self.split, self._options)
            if len(poses) < 3:
                continue
            seen = drawn_by(self, look, c)
            views = self._views_of(c)
            if self.sheet:
                pictures, areas, cells = seen.draw_sheet(poses, views)
            else:
                pictures, area, cells = seen.draw(poses, views[0])
                areas = area[:, None]
            area = areas.mean(1)
            keep = area > LEAST_AREA
            if keep.sum() < 3:
                continue
            # In the studio nobody sees what colour the other things have.
            things = [t if self.studio is None else replace(t, colour=None, material=None) for t in look.things]
            group = replace(self.group(c), target=look.target, things=tuple(things))
            visible = self._visible(poses, views, areas)
            made = (pictures, margin, visible, area, poses.astype(np.float32), cells)
            found.append(GroupPictures(group, *(values[keep] for values in made)))
        return found

    def _views_of(self, camera: int) -> tuple[Camera, ...]:
        """The views of a picture that ``camera`` is the first of, or the front's of."""
        if self.sheet and self.studio is not None:
            return studio_cameras(self.cameras[camera], self.studio)
        return self.cameras[camera : camera + 1]

    def _visible(self, matrices: Array, views: Sequence[Camera], areas: Array) -> Array:
        """Returns the share [K] of the target's outline that is seen where most of it is, ``areas`` [K, V] being the share of each
        view that it covers: its pixels over its hull's, relative to the best."""
        found = [self._visible_in(matrices, c, area) for c, area in zip(views, areas.T, strict=True)]
        return np.asarray(np.max(found, axis=0))

    def _visible_in(self, matrices: Array, camera: Camera, area: Array) -> Array:
        from scipy.spatial import ConvexHull, QhullError

        height, width = picture_shape(self.size, camera.aspect)
        focal, _ = projection(camera, height, width)
        points = self.labeller.shape.hull
        inverse = np.linalg.inv(np.asarray(camera.matrix_world))
        shares = np.zeros(len(matrices), np.float32)
        for k, matrix in enumerate(matrices):
            world = points @ matrix[:3, :3].T + matrix[:3, 3]
            eye = world @ inverse[:3, :3].T + inverse[:3, 3]
            depth = np.maximum(-eye[:, 2:], 1e-6)
            pixel = eye[:, :2] / depth * np.asarray(focal)
            try:
                whole = float(ConvexHull(pixel).volume) / (height * width)
            except QhullError:
                whole = 0.0
            shares[k] = area[k] / max(whole, 1e-6)
        self._fill = max(self._fill, float(np.quantile(shares, 0.9)) if len(shares) else 0.0, 0.05)
        return np.minimum(shares / self._fill, 1.0).astype(np.float32)


def drawn_by(stage: Stage, look: Scenery | None = None, camera: int = 0) -> Snapshots:
    """Returns what draws a stage as one of its cameras shows it, in its own look or another."""
    studio = None if stage.studio is None else (stage.cameras[camera], stage.studio)
    return snapshots_of(look or stage.scenery, stage.size, studio)


def camera_facts(view: Camera) -> dict[str, float]:
    """Returns what a group tells of its camera: elevation and vertical field of view in radians, and the aspect."""
    away = np.asarray(view.matrix_world)[:3, 2]
    elevation = float(np.arcsin(np.clip(away[2], -1, 1)))
    return {"elevation": elevation, "fov": float(view.yfov), "aspect": float(view.aspect)}


def snapshots_of(look: Scenery, size: int, studio: tuple[Camera, Array] | None = None) -> Snapshots:
    """Returns what draws a scenery, its target moving, pictures of ``size`` pixels; for one of the studio's cameras and the place
    [2, 3] that it shows in its colours and light, the things that the scenery is about being what the prompt names."""
    scene = Scene(tuple(look.objects), (), tuple(look.lights), look.ambient, look.background)
    places = {t.name: i for i, t in enumerate(look.things)}
    owners = {o.name: places[lead] for o in look.objects if (lead := o.parent or o.name) in places}
    body = make_body(scene, [look.target.name])
    if studio is None:
        return Snapshots(scene, body, size, owners)
    whole, close = pinned(body, studio[1]), pinned(body, None)
    return Snapshots(studio_scene(scene, look, *studio), whole, size, owners, body, close)


def about(scenery: Scenery, thing: Thing) -> bool:
    """Returns whether the pictures of a scenery are about that thing."""
    return thing.role == "thing" and (scenery.named is None or thing.name in scenery.named)


def studio_scene(scene: Scene, scenery: Scenery, camera: Camera, place: Array) -> Scene:
    """Returns the scene in the studio of a camera that shows the box ``place`` [2, 3], the things that the scenery is about
    being what the prompt names."""
    anchors = [t.name for t in scenery.things if about(scenery, t)]
    named = {o.name for name in anchors for o in scene.subtree(name)}
    return in_studio(scene, {o.name for o in scene.subtree(scenery.target.name)}, named, camera, place)


def picture_shape(size: int, aspect: float) -> tuple[int, int]:
    """Returns (height, width) of a picture that is later squashed to ``size``: the shorter side is that."""
    return (size, round(size * aspect)) if aspect >= 1 else (round(size / aspect), size)


def squashed(rgb: torch.Tensor, size: int) -> Array:
    """Returns pictures [K, size, size, 3] uint8 of pictures [K, H, W, 3] in 0..1, resized as the model's input is."""
    down = resize_matrix(rgb.shape[1], size, "bilinear").to(rgb)
    across = resize_matrix(rgb.shape[2], size, "bilinear").to(rgb)
    x = torch.einsum("ah,khwc,bw->kabc", down, rgb, across) if rgb.shape[1:3] != (size, size) else rgb
    return np.asarray((x.clamp(0, 1) * 255 + 0.5).to(torch.uint8).numpy())


def is_fronted(kind: str) -> bool:
    """Returns whether one side of a kind of thing is plainly its front; of given meshes nobody said so."""
    return kind in KINDS and KINDS[kind].fronted


def make_stage(
    rng: np.random.Generator, split: Split, size: int = 96, *, target: str | None = None, anchors: Sequence[str] | None = None,
    bare: bool = False, unseen: bool = False, alone: bool = False, views: int = 1, scenery: SceneryOptions | None = None,
    cameras: CameraOptions | None = None, poses: PoseOptions | None = None, framing: str = "camera",
) -> Stage:  # fmt: skip
    """Returns a random stage of that side of the split.

    ``target`` and ``anchors``: asset kinds to take; ``bare``: one anchor and nothing else; ``alone``: no anchor either;
    ``unseen``: a target of a kind that training never shows; ``views``: how many cameras look at it; ``framing``: what they
    show, as in ``PlaceSettings``, of a placement that names all things.
    """
    made = make_scenery(rng, split, scenery, target=target, anchors=anchors, bare=bare, unseen=unseen, alone=alone)
    if framing == "studio":
        made = only_named(made, rng, (scenery or SceneryOptions()).pair)
    whole = Scene(tuple(made.objects))
    extent = float(np.ptp(whole.bounds(whole.subtree(made.target.name)), axis=0).max())
    seen = [random_camera(rng, made, extent, cameras)]
    # One aspect, so that all of them share a renderer.
    seen += [random_camera(rng, made, extent, cameras, seen[0].aspect) for _ in range(views - 1)]
    studio = None
    if framing != "camera":
        boxes = [whole.bounds(whole.subtree(t.name)) for t in made.things if about(made, t)]
        sides = np.ptp(whole.bounds(whole.subtree(made.target.name)), axis=0)
        rest = [o for o in made.objects if o not in whole.subtree(made.target.name)]
        place = place_box(boxes, sides) if boxes else room_place(whole.bounds(rest), sides)
        front = CAMERAS.index(FRONT)
        seen = [close_up(c, place) if framing == "place" else studio_cameras(c, place)[front] for c in seen]
        studio = place if framing == "studio" else None
    stage = Stage(made, seen, size, split, scaled=bool(rng.random() < 0.3), poses=poses, options=scenery, studio=studio)
    if studio is not None:
        stage.scene = studio_scene(stage.scene, made, stage.camera, studio)
        stage.drawn, stage.close = pinned(stage.body, studio), pinned(stage.body, None)
    return stage
