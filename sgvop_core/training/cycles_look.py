"""How Cycles draws a group of training pictures: what is random about its look, and the scene as Blender is to have it.

Lights are exposed as our renderer exposes them, so that pictures of both kinds are about as bright.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..scene.model import Camera, Light, Mesh, Scene, SceneObject

HAIR = 4e-4
"""By what share of itself a part of a mesh is made smaller than the part before, see ``parted``."""
DISTINCT = 8
"""Parts after which the sizes begin anew: neighbours in the list are what overlaps."""


@dataclass(frozen=True)
class Look:
    """How Cycles draws a group of pictures."""

    samples: int = 4
    """Light paths a pixel: 4 with denoising are clean at 96 pixels; each costs half as much as all that is fixed."""
    denoise: bool = True
    bounces: int = 2
    """How often light is reflected on its way: 0 is hard like a rasteriser, 2 fills a room's corners."""
    view_transform: str = "Standard"
    """Blender's name of how linear light becomes sRGB; Standard is ours, Filmic and AgX roll highlights off."""
    exposure: float = 0.0
    """Stops, on top of the exposure that our renderer finds."""
    sun_angle: float = math.radians(0.5)
    """Apparent diameter of suns in radians: 0.5 degrees is the sky's, 20 an overcast one's."""
    lamp_radius: float = 0.05
    """Radius in metres of point and spot lights: how soft their shadows are."""
    fill: float = 1.0
    """Light from all sides, as a multiple of our renderer's."""
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What the lights' colours are multiplied by: warm and cool lamps."""
    filter_width: float = 1.5
    """Width in pixels of the filter that samples are weighted with: 1 is crisp, 2 soft."""


def look_of(seed: int) -> Look:
    """Returns a random look: half of them Standard, the others Filmic or AgX (brighter, as those darken)."""
    rng = np.random.default_rng([seed, 0xB1E])
    transform = str(rng.choice(["Standard", "Filmic", "AgX"], p=[0.5, 0.25, 0.25]))
    warmth = float(rng.uniform(-0.12, 0.12))
    denoise = bool(rng.random() < 0.85)
    return Look(
        samples=int(rng.integers(4, 9)) if denoise else int(rng.integers(8, 25)),
        denoise=denoise,
        bounces=int(rng.integers(1, 4)),
        view_transform=transform,
        exposure=float(rng.uniform(-0.5, 0.5)) + (0.0 if transform == "Standard" else 0.3),
        sun_angle=math.radians(float(np.exp(rng.uniform(np.log(0.5), np.log(25.0))))),
        lamp_radius=float(np.exp(rng.uniform(np.log(0.01), np.log(0.3)))),
        fill=float(rng.uniform(0.5, 1.6)),
        tint=(1.0 + warmth, 1.0, 1.0 - warmth),
        filter_width=float(rng.uniform(1.0, 2.0)),
    )


def plain_scene(scene: Scene, camera: Camera, look: Look) -> Scene:
    """Returns what Blender is to draw: shown meshes without hierarchy, the square camera, exposed lights.

    Meshes of sheared objects come in world coordinates, as Blender's objects hold no shear.
    """
    from ..render.lights import EXPOSED, FILL, KEY_DIRECTION, exposure_of, usual_places
    from ..scene.cameras import look_at

    lights = tuple(
        x for x in scene.lights if x.strength > 0 and max(x.colour) > 0 and np.isfinite(x.matrix_world).all()
    )
    exposure, key = exposure_of(replace(scene, lights=lights), usual_places(scene, None))
    fill = FILL * EXPOSED
    ambient = np.asarray(scene.ambient, np.float64) * exposure + fill
    if not lights or key <= 1e-9:
        exposure, ambient = 1.0, np.full(3, 0.33)
        lights = (Light("key", "sun", look_at(KEY_DIRECTION, np.zeros(3)), (0.62, 0.6, 0.57), math.pi),)

    def tinted(light: Light) -> Light:
        red, green, blue = (float(c * t) for c, t in zip(light.colour, look.tint, strict=True))
        return replace(light, colour=(red, green, blue), strength=light.strength * exposure)

    red, green, blue = (float(c) for c in ambient * look.fill)
    return replace(
        scene,
        objects=tuple(_plain(o) for o in scene.objects if o.mesh is not None and not o.hidden and len(o.mesh.faces)),
        cameras=(square_camera(camera),),
        lights=tuple(tinted(light) for light in lights),
        ambient=(red, green, blue),
        notes=(),
    )


def square_camera(camera: Camera) -> Camera:
    """Returns the camera whose square frame is what a square picture by ``scene.cameras.projection`` shows."""
    larger = max(1.0, camera.aspect)
    matrix = np.array(camera.matrix_world, np.float64)
    matrix[:3, :3] /= np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-30)
    return replace(
        camera,
        matrix_world=matrix,
        yfov=2 * math.atan(math.tan(camera.yfov / 2) * larger),
        aspect=1.0,
        ortho_height=None if camera.ortho_height is None else camera.ortho_height * larger,
        synthetic=False,
    )


def parted(mesh: Mesh) -> Mesh:
    """Returns the mesh with each of its connected parts a little smaller than the one before, about its own middle.

    Where parts lie in each other with faces in one plane (the strokes of a letter), Cycles takes each face for the
    other's shadow and shows black; a hair between them is enough, and no pixel sees it.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, faces = len(mesh.vertices), mesh.faces
    start, end = np.concatenate([faces[:, 0], faces[:, 1]]), np.concatenate([faces[:, 1], faces[:, 2]])
    graph = coo_array((np.ones(len(start), bool), (start, end)), (count, count))
    parts, label = connected_components(graph, directed=False)
    if parts < 2:
        return mesh
    corner = np.sort(label)
    order, first = np.argsort(label, kind="stable"), np.searchsorted(corner, np.arange(parts))
    low = np.minimum.reduceat(mesh.vertices[order], first)
    high = np.maximum.reduceat(mesh.vertices[order], first)
    middle = ((low + high) / 2)[label]
    shrink = (HAIR * (np.arange(parts) % DISTINCT))[label, None]
    return replace(mesh, vertices=mesh.vertices + shrink * (middle - mesh.vertices))


def _plain(o: SceneObject) -> SceneObject:
    axes = np.asarray(o.matrix_world, np.float64)[:3, :3]
    length = np.linalg.norm(axes, axis=0)
    unit = axes / np.maximum(length, 1e-30)
    assert o.mesh is not None
    mesh = parted(o.mesh)
    if length.min() < 1e-12 or np.abs(unit.T @ unit - np.eye(3)).max() > 1e-5:
        return replace(o, parent=None, source={}, mesh=mesh.transformed(o.matrix_world), matrix_world=np.eye(4))
    return replace(o, parent=None, source={}, mesh=mesh)
