"""Plain geometric bodies: cube, sphere, cone, ring, star and the like, each of random proportions and coat."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from ..scene.model import Array, Material
from .dressings import coat
from .kind import AssetKind, Pieces
from .parts import Part, box_uvs
from .primitives import cylinder, lathe, rounded_box, sphere, tube
from .solids import oriented, polygon, prism

SIZE = (0.1, 0.6)
"""Longest side of a body, metres."""

Form = Callable[[np.random.Generator, Material], Part]
"""A body of about unit size anywhere in space; ``shape`` brings it to its size and onto the floor."""


def shape(form: Form, rng: np.random.Generator, colour: str | None = None) -> Pieces:
    """A body of one form: random size and coat, standing on z = 0 about the origin."""
    part = form(rng, coat(rng, colour))
    low, high = SIZE
    return {"": [fitted(part, float(math.exp(rng.uniform(math.log(low * 1.01), math.log(high * 0.99)))))]}


def fitted(part: Part, longest: float) -> Part:
    """Returns the part scaled so that its longest side has ``longest`` metres, standing on z = 0 about the origin."""
    low, high = part.vertices.min(0), part.vertices.max(0)
    centre = (low + high) / 2
    return part.at(-centre[0], -centre[1], -low[2]).scaled(longest / float((high - low).max()))


def hull(points: Array, material: Material, rounds: int = 2) -> Part:
    """Returns the convex body of corners [N, 3], its faces cut into four ``rounds`` times."""
    from scipy.spatial import ConvexHull

    found = ConvexHull(points)
    corners = points[found.simplices]
    outward = np.einsum(
        "fi,fi->f", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), found.equations[:, :3]
    )
    corners[outward < 0] = corners[outward < 0][:, ::-1]
    for _ in range(rounds):
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    vertices = corners.reshape(-1, 3)
    return oriented(vertices, np.arange(len(vertices)).reshape(-1, 3), material, 1.0, 20.0)


def upright(part: Part, rng: np.random.Generator, lying: float) -> Part:
    """Returns a part that was made lying (axis z) set up on its rim, or left lying with the probability ``lying``."""
    return part if rng.random() < lying else part.turned("x", 90.0)


def cube(rng: np.random.Generator, material: Material) -> Part:
    """Returns a cube, its edges sharp to round."""
    return rounded_box((1.0, 1.0, 1.0), float(rng.choice([0.01, 0.03, 0.08, 0.15])), material, cuts=2, tile=1.0)


def ball(rng: np.random.Generator, material: Material) -> Part:
    """Returns a sphere."""
    return sphere((0.5, 0.5, 0.5), material, 18, 30)


def column(rng: np.random.Generator, material: Material) -> Part:
    """Returns a cylinder, squat to tall."""
    return cylinder(0.5, float(rng.uniform(0.7, 3.0)), material, 32, float(rng.choice([0.0, 0.02, 0.06])))


def cone(rng: np.random.Generator, material: Material) -> Part:
    """Returns a cone with a rim."""
    height = float(rng.uniform(0.7, 2.2))
    steps = np.linspace(1.0, 0.0, 7)
    return lathe([(0.0, 0.0), *[(0.5 * s, 0.03 + (1 - s) * height) for s in steps]], material, 32, crease=50.0)


def pyramid(rng: np.random.Generator, material: Material) -> Part:
    """Returns a pyramid on three, four (mostly) or more sides."""
    sides = int(rng.choice([4, 4, 4, 3, 5, 6]))
    base = polygon(sides, 0.65, 180 / sides)
    points = np.vstack([np.column_stack([base, np.zeros(sides)]), [0.0, 0.0, rng.uniform(0.6, 1.5)]])
    return hull(points, material)


def torus(rng: np.random.Generator, material: Material) -> Part:
    """Returns a ring, thin to fat, lying or on its rim."""
    thick = float(rng.uniform(0.06, 0.19))
    angle = 2 * math.pi * np.arange(14) / 14
    section = np.stack([0.5 - thick + thick * np.cos(angle), thick * np.sin(angle)], 1)
    return upright(lathe(section, material, 36, close=True), rng, 0.5)


def wedge(rng: np.random.Generator, material: Material) -> Part:
    """Returns a ramp: its low edge towards -y."""
    width, height = rng.uniform(0.4, 1.0), rng.uniform(0.3, 0.9)
    lip = float(rng.choice([0.0, 0.05]))
    profile = [(-0.5, 0.0), (0.5, 0.0), (0.5, height), (-0.5, lip)]
    return hull(np.array([(x, y, z) for x in (-width / 2, width / 2) for y, z in profile]), material)


def capsule(rng: np.random.Generator, material: Material) -> Part:
    """Returns a cylinder with round ends, lying or standing."""
    radius, half = 0.5, float(rng.uniform(0.3, 1.3))
    angle = np.linspace(-math.pi / 2, 0, 8)
    low = np.stack([radius * np.cos(angle), radius * np.sin(angle) - half], 1)
    low[0, 0] = 0.0
    return upright(lathe(np.vstack([low, low[::-1] * [1, -1]]), material, 28, crease=60.0), rng, 0.5)


def faceted(rng: np.random.Generator, material: Material) -> Part:
    """Returns a prism on three to eight sides (mostly six), standing or lying."""
    sides = int(rng.choice([6, 6, 6, 3, 5, 8]))
    base = polygon(sides, 0.5, 90.0 + 180.0 / sides)
    height = rng.uniform(0.4, 1.8)
    points = np.vstack([np.column_stack([base, np.full(sides, z)]) for z in (0.0, height)])
    return upright(hull(points, material, 1), rng, 0.7)


def diamond(rng: np.random.Generator, material: Material) -> Part:
    """Returns an octahedron, upright and mostly stretched, or a cut stone on its point."""
    if rng.random() < 0.6:
        half = (0.5, 0.5, float(rng.uniform(0.5, 0.95)))
        return hull(np.vstack([np.diag(half), -np.diag(half)]), material)
    sides, crown = int(rng.choice([6, 8, 10])), rng.uniform(0.18, 0.3)
    girdle, table = polygon(sides, 0.5), polygon(sides, 0.3, 180 / sides)
    rings = [np.column_stack([girdle, np.zeros(sides)]), np.column_stack([table, np.full(sides, crown)])]
    return hull(np.vstack([*rings, [0.0, 0.0, -rng.uniform(0.45, 0.65)]]), material)


def polyhedron(rng: np.random.Generator, material: Material) -> Part:
    """Returns a regular solid of 4, 8, 12 or (mostly) 20 faces, or the hull of random points on a sphere."""
    golden = (1 + math.sqrt(5)) / 2
    signs = [(a, b) for a in (-1, 1) for b in (-1, 1)]
    kind = int(rng.integers(0, 7))
    if kind == 0:
        points = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)], np.float64)
    elif kind == 1:
        points = np.vstack([np.eye(3), -np.eye(3)])
    elif kind == 2:
        corners = [(a, b, c) for a, b in signs for c in (-1, 1)]
        inner = [np.roll((0.0, a / golden, b * golden), k) for a, b in signs for k in range(3)]
        points = np.vstack([corners, inner])
    elif kind == 3:
        points = rng.normal(size=(int(rng.integers(9, 16)), 3))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    else:
        points = np.array([np.roll((0.0, a, b * golden), k) for a, b in signs for k in range(3)])
    # It lies on one of its faces, as a thing that was put down does.
    from scipy.spatial import ConvexHull

    normal = ConvexHull(points).equations[0, :3]
    part = hull(points, material, 1 if len(points) > 6 else 2)
    return part.moved(turned_down(normal))


def turned_down(direction: Array) -> Array:
    """Returns the 4x4 rotation that brings a unit vector [3] to -z (Rodrigues' formula)."""
    axis, cosine = np.cross(direction, [0.0, 0.0, -1.0]), -float(direction[2])
    matrix = np.eye(4)
    if cosine < -1 + 1e-9:
        matrix[:3, :3] = np.diag([1.0, -1.0, -1.0])
        return matrix
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    matrix[:3, :3] = np.eye(3) + k + k @ k / (1 + cosine)
    return matrix


def plaque(
    outline: Array, rng: np.random.Generator, material: Material, depth: tuple[float, float] = (0.15, 0.4)
) -> Part:
    """Returns an outline [N, 2] (x to the right, z up) as a thick plate facing -y, its rims chamfered."""
    thick = float(rng.uniform(*depth))
    part = prism(outline, thick, material, "y", 1.0)
    if rng.random() < 0.5:
        return part
    # The front's rim is drawn towards the middle, so that the sides lean.
    centre, lean = outline.mean(0), float(rng.uniform(0.04, 0.15))
    vertices = part.vertices.copy()
    front = vertices[:, 1] < 0
    vertices[front] += lean * (np.array([centre[0], 0.0, centre[1]]) - vertices[front]) * [1, 0, 1]
    return Part(vertices, part.faces, box_uvs(vertices, part.faces, 1.0), material, part.crease)


def star(rng: np.random.Generator, material: Material) -> Part:
    """Returns a star of four to seven (mostly five) points, upright."""
    points = int(rng.choice([5, 5, 5, 4, 6, 7]))
    outline = np.empty((2 * points, 2))
    outline[0::2] = polygon(points, 0.5, 90.0)
    outline[1::2] = polygon(points, 0.5 * rng.uniform(0.36, 0.55), 90.0 + 180.0 / points)
    return plaque(outline, rng, material)


def heart(rng: np.random.Generator, material: Material) -> Part:
    """Returns a heart, upright on its point; flat, or puffed up like a cushion."""
    t = 2 * math.pi * (np.arange(48) + 0.5) / 48
    x, z = 16 * np.sin(t) ** 3, 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    outline = np.stack([x, z], 1)[::-1] / 32
    if rng.random() < 0.5:
        return plaque(outline, rng, material)
    thick, centre = rng.uniform(0.12, 0.22), np.array([0.0, 0.05])
    angle = np.linspace(-math.pi / 2, math.pi / 2, 9)
    rings = [centre + (outline - centre) * max(math.cos(a), 1e-3) for a in angle]
    points = np.concatenate(
        [
            np.column_stack([r[:, 0], np.full(len(r), thick * math.sin(a)), r[:, 1]])
            for r, a in zip(rings, angle, strict=True)
        ]
    )
    return closed_rings(points, len(angle), 48, material)


def closed_rings(points: Array, rows: int, around: int, material: Material) -> Part:
    """Returns the closed body through ``rows`` rings of ``around`` points [rows * around, 3], its ends small fans."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    a, b = i * around + j, i * around + (j + 1) % around
    faces = [np.stack([a, b, b + around], -1).reshape(-1, 3), np.stack([a, b + around, a + around], -1).reshape(-1, 3)]
    ends = np.array([points[:around].mean(0), points[-around:].mean(0)])
    ring = np.arange(around)
    after, last = (ring + 1) % around, (rows - 1) * around
    faces.append(np.stack([np.full(around, rows * around), after, ring], 1))
    faces.append(np.stack([np.full(around, rows * around + 1), last + ring, last + after], 1))
    return oriented(np.vstack([points, ends]), np.concatenate(faces), material, 1.0, 70.0)


def arch(rng: np.random.Generator, material: Material) -> Part:
    """Returns an arch on two feet: round, with or without straight legs."""
    thick, leg = rng.uniform(0.12, 0.25), float(rng.choice([0.0, 0.2, 0.45]))
    angle = np.linspace(0, math.pi, 21)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    outer, inner = 0.5 * ring + [0, leg], (0.5 - thick) * ring[::-1] + [0, leg]
    if leg:
        outer = np.vstack([[0.5, 0.0], outer, [-0.5, 0.0]])
        inner = np.vstack([[thick - 0.5, 0.0], inner, [0.5 - thick, 0.0]])
    return prism(np.vstack([outer, inner]), float(rng.uniform(0.2, 0.5)), material, "y", 1.0)


def arrow(rng: np.random.Generator, material: Material) -> Part:
    """Returns an upright arrow that points up or aside, or one that lies flat and points to the front."""
    shaft, head, wing = rng.uniform(0.08, 0.16), rng.uniform(0.3, 0.5), rng.uniform(0.25, 0.38)
    outline = np.array([(-shaft, -0.5), (shaft, -0.5), (shaft, 0.5 - head), (wing, 0.5 - head), (0, 0.5),
                        (-wing, 0.5 - head), (-shaft, 0.5 - head)])  # fmt: skip
    part = plaque(outline, rng, material, (0.1, 0.25))
    pose = int(rng.integers(0, 4))
    return (
        part if pose == 0 else part.turned("x", 90.0) if pose == 1 else part.turned("y", 90.0 if pose == 2 else -90.0)
    )


def cross(rng: np.random.Generator, material: Material) -> Part:
    """Returns an upright cross: arms alike (a plus), or a long foot."""
    a, foot = rng.uniform(0.09, 0.17), float(rng.choice([0.5, 0.5, 0.85]))
    arm = 0.5 if foot == 0.5 else 0.38
    right = [(a, -foot), (a, -a), (arm, -a), (arm, a), (a, a), (a, 0.5)]
    return plaque(np.array(right + [(-x, z) for x, z in right[::-1]]), rng, material, (0.12, 0.3))


def disc(rng: np.random.Generator, material: Material) -> Part:
    """Returns a flat round plate, mostly lying."""
    part = cylinder(0.5, float(rng.uniform(0.05, 0.2)), material, 36, 0.015, 1.0)
    return upright(part, rng, 0.7)


def dome(rng: np.random.Generator, material: Material) -> Part:
    """Returns half a ball on its flat side, sometimes the other way up."""
    angle = np.linspace(0, math.pi / 2, 11)
    profile = np.stack([0.5 * np.cos(angle), 0.5 * rng.uniform(0.8, 1.15) * np.sin(angle)], 1)
    profile[-1, 0] = 0.0
    part = lathe(np.vstack([[0.0, 0.0], profile]), material, 32, crease=60.0)
    return part if rng.random() < 0.8 else part.turned("x", 180.0)


def pipe(rng: np.random.Generator, material: Material) -> Part:
    """Returns a hollow tube, standing or lying."""
    wall, height = rng.uniform(0.05, 0.16), rng.uniform(0.4, 2.6)
    section = [(0.5 - wall, 0.0), (0.5, 0.0), (0.5, height), (0.5 - wall, height)]
    return upright(lathe(section, material, 32, close=True, tile=0.8), rng, 0.5)


def spring(rng: np.random.Generator, material: Material) -> Part:
    """Returns a coil of wire, standing or lying."""
    turns = float(rng.choice([2.5, 3.5, 4.5]))
    wire = rng.uniform(0.035, 0.07)
    count = int(18 * turns) + 1
    angle = np.linspace(0, 2 * math.pi * turns, count)
    pitch = rng.uniform(2.8, 5.0) * wire
    path = np.stack([0.5 * np.cos(angle), 0.5 * np.sin(angle), pitch * angle / (2 * math.pi)], 1)
    return upright(tube(path, wire, material, 8, 0.3), rng, 0.6)


FORMS: dict[str, Form] = {
    "cube": cube, "sphere": ball, "cylinder": column, "cone": cone, "pyramid": pyramid, "torus": torus, "wedge": wedge,
    "capsule": capsule, "prism": faceted, "diamond": diamond, "polyhedron": polyhedron, "star": star, "heart": heart,
    "arch": arch, "arrow": arrow, "cross": cross, "disc": disc, "dome": dome, "tube": pipe, "spring": spring,
}  # fmt: skip
"""Word of a body -> how it is made."""

KINDS: dict[str, AssetKind] = {
    word: AssetKind(partial(shape, form), SIZE, fronted=word == "wedge") for word, form in FORMS.items()
}
