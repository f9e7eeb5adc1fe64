"""A pin at the object's front, so that a picture shows which way it faces and where it is even when it is small.

Which side of a thing is its front is a convention, not a shape: a box has one too, and of a toaster in twelve pixels nobody
sees it. The convention is known when a picture is drawn (-Y, or ``--front``), so the studio says it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...scene.body import Body
from ...scene.model import Array, Material, Mesh, merge_meshes

FRONT = (0.0, -1.0, 0.0)
"""The front of an object in its own frame unless it is told otherwise."""


@dataclass(frozen=True)
class Pin:
    """The cone's sizes and its colour (linear)."""

    length: float = 0.3
    """What stands out, in diagonals of the object."""
    least: float = 0.075
    """The least of that, in diagonals of the place that the picture shows."""
    thick: float = 0.36
    """Radius of its foot over that least length: so thick it can be seen in a picture of the place."""
    slim: float = 0.12
    """... over the whole length, where that is more: a large object shows the pin by its length, and a thick one would hide what the object
    is. In the detail of a sheet (``detail``) always."""
    sunk: float = 0.6
    """Where its foot is, as a share of the way from the object's middle to its front."""
    colour: tuple[float, float, float] = (0.85, 0.02, 0.42)
    sides: int = 10


PIN = Pin()


def pinned(body: Body, place: Array | None, front: Array | None = None) -> Body:
    """Returns the body with its pin (``pin_of``, which has ``place`` [2, 3] and ``front`` [3])."""
    return replace(body, mesh=merge_meshes([body.mesh, pin_of(body, place, front)], body.mesh.name))


def pin_of(body: Body, place: Array | None, front: Array | None = None) -> Mesh:
    """Returns a pin in the body's frame that points along ``front`` [3] (object frame; None: ``FRONT``), for a picture of the box
    ``place`` [2, 3] (world, metres), or, where None, for the object's detail, as slim as the object lets one see it."""
    along = np.asarray(FRONT if front is None else front, np.float64)
    middle = body.bounds.mean(0)
    reach = float(((body.mesh.vertices - middle) @ along).max())
    least = 0.0 if place is None else PIN.least * float(np.linalg.norm(place[1] - place[0]))
    length = max(PIN.length * body.size, least)
    foot, tip = middle + PIN.sunk * reach * along, middle + (reach + length) * along
    return _cone(foot, tip, max(PIN.slim * length, PIN.thick * least))


def _cone(foot: Array, tip: Array, radius: float) -> Mesh:
    """A closed cone from the middle of its foot [3] to its tip [3]."""
    along = (tip - foot) / max(float(np.linalg.norm(tip - foot)), 1e-12)
    across = np.cross(along, np.eye(3)[int(np.abs(along).argmin())])
    across /= np.linalg.norm(across)
    turn = 2 * np.pi * np.arange(PIN.sides) / PIN.sides
    ring = foot + radius * (np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * np.cross(along, across))
    this, following = np.arange(PIN.sides), np.roll(np.arange(PIN.sides), -1)
    tips, feet = np.full(PIN.sides, PIN.sides), np.full(PIN.sides, PIN.sides + 1)
    faces = np.concatenate([np.stack([this, following, tips], 1), np.stack([following, this, feet], 1)])
    coat = Material("front", (*PIN.colour, 1.0))
    return Mesh("pin", np.vstack([ring, tip, foot]), faces.astype(np.int32), materials=(coat,))
