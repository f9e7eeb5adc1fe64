"""One placement, set up: what moves, what stays, what the prompt means, which poses are allowed, who judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..errors import SettingsError
from ..guidance.clip.seethrough import by_itself
from ..guidance.clip.sheet import ACROSS
from ..guidance.clip.sheet_renderer import SheetRenderer
from ..guidance.physical import SupportPolicy, make_physical_terms, probe_of
from ..guidance.prompt.reading import PromptReading, ResolvedPrompt
from ..guidance.relations import RelationSet, make_relations
from ..pose import Pose, PoseSpace
from ..render.contract import Renderer
from ..scene.body import Body, make_body
from ..scene.cameras import default_camera, project
from ..scene.geometry import SceneGeometry
from ..scene.model import Camera, Scene
from .fitting import FittingRenderer
from .objective import Objective
from .progress import Tracker
from .settings import PlaceSettings
from .shown import Shown, shown_to_clip
from .space import make_space
from .stay import Stay
from .understand import understand

if TYPE_CHECKING:
    from ..guidance.clip import ClipModel, ClipTerm, Load

DEMAND_OF = {"support": "support", "penetration": "collision", "visibility": "view"}
"""Physical term -> the demand that it stands for; the others always count."""


@dataclass
class Problem:
    """Everything the stages share. ``relations`` guide the search; ``judged`` are checked and reported.

    ``policy``: what has to hold the body during the search; ``standard``: what the checks ask for.
    """

    scene: Scene
    body: Body
    settings: PlaceSettings
    resolved: ResolvedPrompt
    geometry: SceneGeometry
    camera: Camera
    relations: RelationSet
    judged: RelationSet
    policy: SupportPolicy
    standard: SupportPolicy
    space: PoseSpace
    objective: Objective
    device: torch.device
    messages: list[str]
    models: list[str]

    @property
    def hull(self) -> np.ndarray:
        """The body's convex hull vertices [H, 3] in the object frame: enough for its box under any rotation."""
        return probe_of(self.body).hull

    def rest(self) -> Pose:
        """Returns the pose the object has now, a batch of one."""
        matrix = torch.as_tensor(self.body.rest_matrix(), dtype=torch.float32, device=self.device)[None]
        return Pose.from_matrices(matrix, self.space.pivot.to(matrix))

    @property
    def stays(self) -> bool:
        """Whether the prompt says no place, so that the object rather keeps its own."""
        return any(isinstance(term, Stay) for _, _, term in self.objective.families)

    def settles(self) -> bool:
        """Whether poses are dropped onto what is below them during the search."""
        return (
            self.settings.weight("physical") > 0
            and self.policy.kind in ("rest", "rest_on")
            and "location.z" not in self.settings.locks
        )


def choose_device(name: str) -> torch.device:
    """Returns the device of that name; ``auto`` takes CUDA, then MPS, then the CPU. Raises SettingsError."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        mps = getattr(torch.backends, "mps", None)
        return torch.device("mps" if mps is not None and mps.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device 'cuda' is not to be had: this torch sees no CUDA GPU; use --device cpu or auto")
    if name == "mps" and not (getattr(torch.backends, "mps", None) and torch.backends.mps.is_available()):
        raise SettingsError("device 'mps' is not to be had: no Apple GPU here; use --device cpu or auto")
    try:
        return torch.device(name)
    except RuntimeError:
        raise SettingsError(f"device '{name}' is unknown; use auto, cpu, cuda or mps") from None


def make_problem(
    scene: Scene,
    names: Sequence[str],
    prompt: str,
    settings: PlaceSettings,
    tracker: Tracker,
    load: Load | None = None,
) -> Problem:
    """Returns the placement of ``names`` (one object, or several as one) by the prompt, ready to search.

    Raises SceneError, PromptError, SettingsError, ModelError or NoValidPose, each with the way out.
    """
    device = choose_device(settings.device)
    body = make_body(scene, names)
    understood = understand(scene, body.names, prompt, settings.anchors)
    geometry, reading, resolved = understood.geometry, understood.resolved.reading, understood.resolved
    messages = list(understood.scene_notes)
    things = {o.name for o in scene.objects}
    anchors = [a for a in resolved.anchor_names if a in things and geometry.indices(a)]
    focus = _focus(geometry, anchors, scene.bounds(scene.subtree(names)), scene.bounds())
    camera = choose_camera(scene, focus, settings.camera, messages)
    # Which shelf has room depends on how large the object may be.
    sized = replace(resolved, scale_range=settings.scale_range or resolved.scale_range)
    front = None if settings.front is None else own_axis(settings.front)
    judged = make_relations(sized, geometry, body, camera, device, front)
    relations = judged
    if settings.weight("relation") == 0:
        relations = make_relations(replace_relations(sized), geometry, body, camera, device, front)
    messages += list(resolved.messages)
    if judged.turns and front is None:
        messages.append(f"'{body.names[0]}' is taken to face along its own -Y axis (another with --front)")
    policy, standard = relations.support, judged.support
    if "support" in settings.ignore:
        policy = standard = SupportPolicy("none")
    weighted = _clip_models(settings, device, messages, tracker, load) if settings.weight("clip") > 0 else []
    loaded = [model for model, _ in weighted]
    models = [model.name for model in loaded]
    framing = settings.framing
    if framing == "auto":
        framing = "studio" if any(model.studio for model in loaded) else "place"
    shown = shown_to_clip(
        scene, body, geometry, anchors, camera, focus, views=settings.effort.views, framing=framing, front=front
    )  # fmt: skip
    within = settings
    if shown.place is not None and settings.weight("relation") == 0 and settings.bounds is None:
        # Nothing but pictures of this place tells where it belongs.
        within = replace(settings, bounds=_corners(shown.place))
    space = make_space(geometry, body, relations, within)
    families: list[tuple[str, float, Any]] = []
    if settings.weight("relation") > 0:
        families += [("relation", settings.weight("relation"), term) for term in relations.terms()]
    if settings.weight("physical") > 0:
        terms = make_physical_terms(geometry, body, space, camera, support=policy, device=device)
        demanded = [t for t in terms if t.name not in DEMAND_OF or settings.asks(DEMAND_OF[t.name])]
        families += [("physical", settings.weight("physical"), term) for term in demanded]
    renderer: Renderer | None = None
    if settings.renderer == "pytorch3d":
        from ..render.pytorch3d import require_pytorch3d

        require_pytorch3d()
    if weighted:
        from ..render import make_renderer

        families.append(
            ("clip", settings.weight("clip"), _clip_term(weighted, prompt, settings, tracker, shown, reading))
        )
        taken = max(max(model.preprocess.size) // (ACROSS if shown.sheet and model.studio else 1) for model in loaded)
        size = picture_size(settings.size if settings.augment else min(settings.size, taken), shown.cameras[0])

        def draws(where: str, size: tuple[int, int], drawn: Body = shown.body, alone: bool = False) -> Renderer:
            seen = by_itself(shown.scene, body.names) if alone else shown.scene
            return make_renderer(
                seen, drawn, size, backend=settings.renderer, gradient=settings.gradient, device=where,
                samples=settings.samples, shadows=settings.shadows,
            )  # fmt: skip

        def make(where: str) -> Renderer:
            if shown.close is None:
                return draws(where, size)
            return SheetRenderer(partial(draws, where), size[0], body, shown.body, shown.close)

        renderer = FittingRenderer(make, device, messages.append)
    # What only CLIP understood it may also look for everywhere.
    if settings.weight("relation") > 0 and not relations.places and (reading.understood or not models):
        families.append(("relation", settings.weight("relation"), Stay(body)))
    if not families:
        raise SettingsError(
            "nothing is left to judge a pose by: the guidance weights are 0 or no CLIP model is there;"
            " raise a weight with --guidance or name a model with --clip"
        )
    if not models and (settings.augment or settings.renderer != "mesh" or settings.gradient != "auto"):
        messages.append(
            "no CLIP model is used, so no pictures are rendered to be judged: the renderer's options do nothing"
        )
    if shown.sheet and models and settings.views is not None:
        messages.append(
            "CLIP is shown four views of the studio, so --views does nothing (--framing place sees from that many)"
        )
    if not models and not judged.relations and settings.weight("clip") > 0:
        messages.append("no relation was understood and no CLIP model is used: it stays near where it is, where it can")
    objective = Objective(families, tracker, renderer, shown.cameras)
    return Problem(
        scene, body, settings, resolved, geometry, camera, relations, judged, policy, standard, space, objective,
        device, messages, models,
    )  # fmt: skip


def _corners(box: np.ndarray) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The corners of a box [2, 3] as settings have them."""
    (a, b, c), (x, y, z) = box.tolist()
    return (a, b, c), (x, y, z)


def choose_camera(scene: Scene, focus: np.ndarray, name: str | None, messages: list[str]) -> Camera:
    """Returns the camera whose picture counts: the named one, else the first that sees the middle of the box ``focus``
    [2, 3] (world, metres), else the first of the scene, else one made for the scene. A line in ``messages`` tells when it
    is not simply the first. Raises SceneError for an unknown name.
    """
    if name is not None:
        return scene.camera(name)
    if not scene.cameras:
        camera = default_camera(scene, focus)
        messages.append(f"the scene has no camera; '{camera.name}' was made for it (name one with --camera)")
        return camera
    middle = focus.mean(0, keepdims=True)
    for camera in scene.cameras:
        frame = np.array([camera.aspect, 1.0])
        (pixel,), (depth,) = project(camera, middle, (1.0, camera.aspect))
        if camera.near < depth < camera.far and (pixel >= 0).all() and (pixel <= frame).all():
            if camera is not scene.cameras[0]:
                messages.append(f"camera '{camera.name}' is used: '{scene.cameras[0].name}' does not see the place")
            return camera
    return scene.cameras[0]


def own_axis(name: str) -> np.ndarray:
    """Returns the unit vector [3] of an axis written as ``x`` or ``-z``."""
    sign = -1.0 if name.startswith("-") else 1.0
    return sign * np.eye(3)["xyz".index(name[-1])]


def replace_relations(resolved: ResolvedPrompt) -> ResolvedPrompt:
    """Returns the prompt without its relations, for a search that geometry must not lead."""
    return replace(resolved, relations=())


def picture_size(shorter: int, camera: Camera) -> tuple[int, int]:
    """Returns (height, width) in pixels: the camera's aspect with this shorter side."""
    if camera.aspect >= 1:
        return shorter, round(shorter * camera.aspect)
    return round(shorter / camera.aspect), shorter


def _focus(geometry: SceneGeometry, anchors: Sequence[str], start: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Returns the box [2, 3] that the pictures should show: the anchors with room for the object (``start`` [2, 3] is its
    box now) on and around them, else all there is (``whole`` [2, 3])."""
    if anchors:
        boxes = np.stack([geometry.bounds(a) for a in anchors])
        extent = start[1] - start[0]
        around = np.array([*(0.6 * extent[:2]), 0.0])
        return np.stack([boxes[:, 0].min(0) - around, boxes[:, 1].max(0) + around + [0.0, 0.0, extent[2]]])
    return whole


def _clip_models(
    settings: PlaceSettings, device: torch.device, messages: list[str], tracker: Tracker, load: Load | None
) -> list[tuple[ClipModel, float]]:
    """Returns the models with their weights; none where none is asked for, or none is there."""
    from ..guidance.clip import load_models

    specs = [s for s in settings.clip if s != "none"]
    if not specs:
        return []
    loaded = load_models(specs, device, notify=tracker.tell, load=load)
    if not loaded:
        messages.append(
            "no CLIP weights are in the cache, so CLIP is left out (--clip MODEL downloads one, --clip none is silent)"
        )
    return loaded


def _clip_term(
    models: list[tuple[ClipModel, float]],
    prompt: str,
    settings: PlaceSettings,
    tracker: Tracker,
    shown: Shown,
    reading: PromptReading,
) -> ClipTerm:
    from ..guidance.clip import ClipTerm, parse_augmentations

    return ClipTerm(
        models,
        prompt,
        templates=settings.templates,
        augmentations=parse_augmentations(settings.augment),
        sheet=shown.sheet,
        cameras=shown.cameras,
        reading=reading,
        generator=torch.Generator().manual_seed(settings.seed),
        notify=tracker.tell,
    )


def world_points(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Returns points [P, 3] under matrices [N, 4, 4], [N, P, 3]."""
    return np.einsum("nij,pj->npi", matrices[:, :3, :3], points) + matrices[:, None, :3, 3]


def base_centres(matrices: np.ndarray, hull: np.ndarray) -> np.ndarray:
    """Returns the bottom centres [N, 3] of the world boxes of a body under matrices [N, 4, 4]."""
    points = world_points(matrices, hull)
    low, high = points.min(1), points.max(1)
    return np.column_stack([(low[:, :2] + high[:, :2]) / 2, low[:, 2]])
