"""Putting objects exactly where they were placed, whatever stands between their channels and the world."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .channels import keep_locked, put_back, put_parent_inverse_back, read_channels, settle
from .pose_solver import solve

TOLERANCE = 1e-5
"""How far any number of matrix_world may be off, relative to its largest; float32 holds about 1e-7."""
SMALLEST = 1e-20
"""Determinant of a pose that is still taken for one with three dimensions."""
MOST_AIMS = 30
"""Times that is aimed beside constraints; one of half influence halves what is left each time."""


def write_pose(
    obj: Any, matrix: np.ndarray, view_layer: Any, to_matrix: Any, locks: Iterable[str] = (), thorough: bool = True
) -> list[str]:
    """Moves an object so that its evaluated matrix_world is ``matrix`` [4, 4]; returns what the user should know.

    Blender resolves parents, delta transforms and rotation modes; what constraints add is measured and taken out again, or,
    when ``thorough``, solved for; shear, which no channel holds, goes into the parent's inverse. Channels change no more than
    they must, and those in ``locks`` (``location.z`` ...) not at all, which goes before the pose. ``to_matrix`` is mathutils.Matrix.
    Raises ValueError when the object cannot be moved at all, or Blender does not work out where it stands.
    """
    if obj.library is not None:
        raise ValueError(f"'{obj.name}' is linked from another file; make it local or override it")
    if not is_evaluated(obj, view_layer):
        raise ValueError(f"'{obj.name}' is disabled in viewports, where Blender does not work out its place; enable it")
    wanted = np.asarray(matrix, np.float64)
    if not np.isfinite(wanted).all() or abs(np.linalg.det(wanted[:3, :3])) < SMALLEST:
        raise ValueError(f"the pose of '{obj.name}' is not finite or of size zero")
    notes = _animation_notes(obj)
    before, held = read_channels(obj), sorted(locks)
    # Most objects are there at once, and each look at it costs an evaluation, which a large scene takes long for.
    obj.matrix_world = to_matrix(wanted.tolist())
    settle(obj, before)
    if held:
        keep_locked(obj, before, held)
    view_layer.update()
    if _off(obj, wanted) <= TOLERANCE:
        return notes
    put_back(obj, before)
    view_layer.update()
    _assign(obj, wanted, view_layer, to_matrix)
    off = _off(obj, wanted)
    if off > TOLERANCE and _constraints(obj):
        off = _against_constraints(obj, wanted, view_layer, to_matrix)
        if off > TOLERANCE and thorough:
            off = _solved(obj, wanted, off, view_layer, ())
    if off > TOLERANCE and obj.parent is not None:
        off = _through_parent_inverse(obj, wanted, view_layer, to_matrix)
    off = _with_least_change(obj, wanted, before, off, view_layer)
    if held:
        was = off
        put_parent_inverse_back(obj, before)
        keep_locked(obj, before, held)
        view_layer.update()
        off = _off(obj, wanted)
        if off > TOLERANCE and thorough:
            off = _solved(obj, wanted, off, view_layer, held)
        if off > TOLERANCE and obj.parent is not None:
            stay = any(lock.startswith("location.") for lock in held)
            off = _through_parent_inverse(obj, wanted, view_layer, to_matrix, stay)
        if off > max(TOLERANCE, was):
            notes.append(
                f"'{obj.name}' is off by {off:.2g} of its placed pose: its channels {', '.join(held)} are locked"
            )
            return notes
    if off > TOLERANCE and (_constraints(obj) or not notes):
        names = _constraints(obj)
        reason = (
            f"its constraint '{names[-1]}' holds it" if names else "the pose has shear, which an object cannot hold"
        )
        notes.append(f"'{obj.name}' is off by {off:.2g} of its placed pose: {reason}")
    return notes


def show_pose(obj: Any, matrix: np.ndarray, view_layer: Any, to_matrix: Any) -> None:
    """Moves an object to matrix_world ``matrix`` [4, 4] for the eye, at little cost; Blender evaluates it when it draws.

    Only an object with constraints is written as ``write_pose`` does it. Raises ValueError as that does.
    """
    if _constraints(obj):
        write_pose(obj, matrix, view_layer, to_matrix, thorough=False)
        return
    before = read_channels(obj)
    obj.matrix_world = to_matrix(np.asarray(matrix, np.float64).tolist())
    settle(obj, before)


def _constraints(obj: Any) -> list[str]:
    """The names of the constraints that act."""
    return [c.name for c in obj.constraints if not c.mute and c.influence > 0]


def _with_least_change(obj: Any, wanted: np.ndarray, before: Any, off: float, view_layer: Any) -> float:
    """Writes the same pose with channels near those before, unless that costs exactness; returns the remaining error."""
    exact = read_channels(obj)
    settle(obj, before)
    if read_channels(obj) == exact:
        return off
    view_layer.update()
    settled = _off(obj, wanted)
    if settled <= max(TOLERANCE, off):
        return settled
    put_back(obj, exact)
    view_layer.update()
    return _off(obj, wanted)


def is_evaluated(obj: Any, view_layer: Any) -> bool:
    """Returns whether Blender works out where the object stands: not where it is disabled in viewports, or left out."""
    if view_layer.depsgraph is None:
        view_layer.update()
    return bool(obj.evaluated_get(view_layer.depsgraph).is_evaluated)


def world_matrix(obj: Any) -> np.ndarray:
    """Returns the object's matrix_world [4, 4] as last evaluated."""
    return np.array(obj.matrix_world, np.float64)


def _assign(obj: Any, matrix: np.ndarray, view_layer: Any, to_matrix: Any) -> None:
    obj.matrix_world = to_matrix(matrix.tolist())
    view_layer.update()


def _off(obj: Any, wanted: np.ndarray) -> float:
    """The largest error of matrix_world, relative to the largest number wanted, at least 1."""
    scale = max(1.0, float(np.abs(wanted).max()))
    return float(np.abs(world_matrix(obj) - wanted).max()) / scale


def _against_constraints(obj: Any, wanted: np.ndarray, view_layer: Any, to_matrix: Any) -> float:
    """Aims beside the target by what the constraints add, and again for what is left; returns the remaining error."""
    aim, best, best_aim = wanted, _off(obj, wanted), wanted
    for k in range(MOST_AIMS):
        got = world_matrix(obj)
        if abs(np.linalg.det(got[:3, :3])) < SMALLEST:
            break
        aim = aim @ np.linalg.inv(got) @ wanted
        _assign(obj, aim, view_layer, to_matrix)
        off = _off(obj, wanted)
        if off <= TOLERANCE:
            return off
        hopeless = k > 3 and off > 0.9 * best
        if off < best:
            best, best_aim = off, aim
        if hopeless:
            break
    _assign(obj, best_aim, view_layer, to_matrix)
    return _off(obj, wanted)


def _solved(obj: Any, wanted: np.ndarray, off: float, view_layer: Any, locks: Iterable[str]) -> float:
    """Solves for the channels that are not locked, and puts them back when that does not lead there; returns the error."""
    before = read_channels(obj)
    if (found := solve(obj, wanted, view_layer, TOLERANCE, locks)) <= TOLERANCE:
        return found
    put_back(obj, before)
    view_layer.update()
    return _off(obj, wanted)


def _through_parent_inverse(obj: Any, wanted: np.ndarray, view_layer: Any, to_matrix: Any, stay: bool = False) -> float:
    """Lets the parent's inverse take up what the object's own channels cannot, as shear; returns the remaining error.

    With ``stay`` the object's origin stays where its channels have it.
    """
    basis = np.array(obj.matrix_basis, np.float64)
    before = np.array(obj.matrix_parent_inverse, np.float64)
    inner = before @ basis
    if min(abs(np.linalg.det(m[:3, :3])) for m in (basis, inner)) < SMALLEST:
        return _off(obj, wanted)
    parent = world_matrix(obj) @ np.linalg.inv(inner)
    if abs(np.linalg.det(parent[:3, :3])) < SMALLEST:
        return _off(obj, wanted)
    was = _off(obj, wanted)
    inverse = np.linalg.inv(parent) @ wanted @ np.linalg.inv(basis)
    if stay:
        inverse[:3, 3] += ((before - inverse) @ basis)[:3, 3]
    obj.matrix_parent_inverse = to_matrix(inverse.tolist())
    view_layer.update()
    now = _off(obj, wanted)
    if now > was:
        obj.matrix_parent_inverse = to_matrix(before.tolist())
        view_layer.update()
    return min(now, was)


def _animation_notes(obj: Any) -> list[str]:
    """A line when keyframes or drivers will move the object again."""
    animation = obj.animation_data
    if animation is None:
        return []
    channels = {c.data_path for c in (*animation.drivers, *_curves(animation), *_strip_curves(animation))}
    if any(path.startswith(("location", "rotation", "scale", "delta_")) for path in channels):
        return [f"'{obj.name}' is animated: its keyframes or drivers override the written pose; key it, or remove them"]
    return []


def _curves(animation: Any) -> list[Any]:
    """The animation curves that an object's action, or an NLA strip's, has for it."""
    action = animation.action
    if action is None:
        return []
    if hasattr(action, "layers") and len(action.layers):
        # From 4.4 an action has layers, and a slot for each that it animates; from 5.0 there is nothing else.
        slot = getattr(animation, "action_slot", None)
        bags = [b for layer in action.layers for strip in layer.strips for b in getattr(strip, "channelbags", ())]
        return [c for bag in bags if slot is None or bag.slot_handle == slot.handle for c in bag.fcurves]
    return list(getattr(action, "fcurves", ()))


def _strip_curves(animation: Any) -> list[Any]:
    if not animation.use_nla:
        return []
    strips = [strip for track in animation.nla_tracks if not track.mute for strip in track.strips if not strip.mute]
    return [curve for strip in strips for curve in _curves(strip)]
