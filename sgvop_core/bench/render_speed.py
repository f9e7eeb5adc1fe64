"""What a forward and a backward pass of the renderer cost, next to CLIP ViT-B-32's for the same pictures.

All things timed take turns in one process, so that a busy machine slows them alike; medians, minima and the least
processor time (all threads together, waiting of threads for each other included) are reported.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..scene.model import Camera, Light, Mesh, Scene, SceneObject
from .memory import peak_memory_mb

SIZE = (224, 224)


def bumpy_mesh(columns: int, rows: int, name: str = "bumpy") -> Mesh:
    """Returns a closed bumpy ball about one metre wide of about ``2 * columns * rows`` triangles, smooth normals."""
    u = np.linspace(0, 2 * math.pi, columns, endpoint=False)
    v = np.linspace(0, math.pi, rows + 1)[1:-1]
    uu, vv = np.meshgrid(u, v)
    directions = np.stack([np.cos(uu) * np.sin(vv), np.sin(uu) * np.sin(vv), np.cos(vv)], -1).reshape(-1, 3)
    directions = np.concatenate([directions, [[0, 0, 1], [0, 0, -1]]])
    radius = 0.4 * (
        1 + 0.18 * np.sin(5 * directions[:, 0] + 1) * np.cos(6 * directions[:, 1]) + 0.1 * np.sin(7 * directions[:, 2])
    )
    vertices = directions * radius[:, None]
    grid = np.arange(len(u) * len(v)).reshape(len(v), len(u))
    right = np.roll(grid, -1, 1)
    quads = np.stack([grid[:-1], grid[1:], right[1:], right[:-1]], -1).reshape(-1, 4)
    top, bottom = len(vertices) - 2, len(vertices) - 1
    faces = np.concatenate([
        quads[:, [0, 1, 2]], quads[:, [0, 2, 3]],
        np.stack([np.full(columns, top), grid[0], right[0]], 1),
        np.stack([np.full(columns, bottom), right[-1], grid[-1]], 1),
    ]).astype(np.int32)  # fmt: skip
    return _smooth(Mesh(name, vertices, faces))


def _smooth(mesh: Mesh) -> Mesh:
    """Returns the mesh with area weighted vertex normals at its corners."""
    from dataclasses import replace

    c = mesh.triangles()
    cross = np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0])
    normals = np.zeros((len(mesh.vertices), 3))
    for k in range(3):
        np.add.at(normals, mesh.faces[:, k], cross)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return replace(mesh, corner_normals=normals[mesh.faces])


def _grid_room(cells: int) -> Mesh:
    """Returns a wavy floor 6 m wide of ``2 * cells * cells`` triangles: scenes that differ only in their triangles."""
    line = np.linspace(-3, 3, cells + 1)
    x, y = np.meshgrid(line, line)
    z = 0.02 * np.sin(3 * x) * np.cos(2 * y) - 0.45
    grid = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))]).astype(np.int32)
    return Mesh("floor", np.stack([x, y, z], -1).reshape(-1, 3), faces)


def _camera(turn: float) -> Camera:
    eye = np.array([2.85 * math.sin(turn), -2.85 * math.cos(turn), 1.1])  # the cow covers about 4,300 pixels
    back = eye / np.linalg.norm(eye)
    right = np.cross([0, 0, 1], back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, eye
    return Camera(f"view {turn:.2f}", matrix, yfov=math.radians(42))


def _scene(mesh: Mesh, floor_cells: int) -> Scene:
    tilt = np.eye(4)
    c, s = math.cos(0.7), math.sin(0.7)
    tilt[1:3, 1:3] = [[c, -s], [s, c]]
    objects = (SceneObject("floor", np.eye(4), _grid_room(floor_cells)), SceneObject("body", np.eye(4), mesh))
    return Scene(objects, (), (Light("sun", "sun", tilt, strength=3.0),))


def load_cow(path: Path) -> Mesh:
    """Returns the mesh of a file, its largest side one metre, standing in the middle: whatever is given as the cow."""
    from dataclasses import replace

    from ..scene.load import load_scene

    scene = load_scene(path)
    mesh = scene.world_mesh(scene.objects, "cow")
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    return replace(mesh, vertices=(mesh.vertices - 0.5 * (low + high)) / float((high - low).max()))


def default_cow() -> Mesh | None:
    """Returns the cow of the development data that lies beside the repository, or None where it does not."""
    path = Path(__file__).resolve().parents[2] / "../shared/data/meshes/cow.obj"
    return load_cow(path) if path.exists() else None


@dataclass
class _Timed:
    """A thing to time: ``run`` does one forward and backward pass, ``seconds`` collects."""

    name: str
    run: Callable[[], None]
    seconds: list[float]
    cpu_seconds: list[float] = field(default_factory=list)


def _render_job(mesh: Mesh, views: int, device: str, floor_cells: int = 20, **options: Any) -> Callable[[], None]:
    """Returns a call that renders ``views`` pictures of a pose and takes their gradient."""
    import torch

    from ..pose import Pose, rotation_from_vector
    from ..render import make_renderer
    from ..scene.body import make_body

    scene = _scene(mesh, floor_cells)
    renderer = make_renderer(scene, make_body(scene, "body"), SIZE, device=device, **options)
    cameras = [_camera(2 * math.pi * v / views + 0.4) for v in range(views)]
    weights = torch.rand(1, views, *SIZE, 3, generator=torch.Generator().manual_seed(0)).to(device)
    x = torch.zeros(7, device=device, requires_grad=True)

    def run() -> None:
        pose = Pose(
            x[:1].exp().expand(1, 3), rotation_from_vector(x[None, 1:4]), x[None, 4:7], torch.zeros(3, device=device)
        )
        x.grad = None
        (renderer.render(pose, cameras).rgb * weights).sum().backward()  # type: ignore[no-untyped-call]
        if x.is_cuda:
            torch.cuda.synchronize()

    return run


def _clip_job(views: int, device: str) -> Callable[[], None]:
    """Returns a call that encodes ``views`` pictures and takes the gradient of their vectors."""
    import torch

    from ..guidance.clip import load_clip

    model = load_clip("ViT-B-32:random", device)
    assert model is not None
    pictures = torch.rand(views, *SIZE, 3, generator=torch.Generator().manual_seed(0)).to(device).requires_grad_()

    def run() -> None:
        pictures.grad = None
        model.encode_images(pictures).sum().backward()  # type: ignore[no-untyped-call]
        if pictures.is_cuda:
            torch.cuda.synchronize()

    return run


def _take_turns(jobs: list[_Timed], repeats: int) -> None:
    """Runs the jobs in turns, two rounds unmeasured."""
    for turn in range(repeats + 2):
        for job in jobs:
            start, cpu = time.perf_counter(), time.process_time()
            job.run()
            if turn >= 2:
                job.seconds.append(time.perf_counter() - start)
                job.cpu_seconds.append(time.process_time() - cpu)


def _row(job: _Timed, against: _Timed | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": job.name,
        "median_s": statistics.median(job.seconds),
        "min_s": min(job.seconds),
        "cpu_s": min(job.cpu_seconds),
        "runs": len(job.seconds),
    }  # fmt: skip
    if against is not None:
        row["ratio"] = row["median_s"] / statistics.median(against.seconds)
        row["ratio_of_minima"] = row["min_s"] / min(against.seconds)
        row["ratio_of_cpu"] = min(job.cpu_seconds) / min(against.cpu_seconds)
    return row


def measure_render_speed(
    device: str = "cpu",
    *,
    quick: bool = False,
    cow: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Returns the figures as plain JSON values: ``rows`` (seconds of a forward and backward pass, and their ratio to
    CLIP's for as many pictures), ``scene_growth`` (time of a step with ten times the scene's triangles) and memory.

    ``cow``: the mesh to render, else the development data's cow where it is at hand, else a made one of as many faces.
    """
    import torch

    mesh = load_cow(cow) if cow is not None else default_cow()
    name = "cow" if mesh is not None else "bumpy mesh"
    if mesh is None:
        mesh = bumpy_mesh(64, 41)
    large = bumpy_mesh(400, 251, "large")
    repeats = 5 if quick else 15
    rows: list[dict[str, Any]] = []
    for views in (1, 8):
        say(f"timing {views} view{'s' if views > 1 else ''}")
        clip = _Timed(f"CLIP ViT-B-32, {views} pictures", _clip_job(views, device), [])
        jobs = [
            _Timed(
                f"{name}, {len(mesh.faces)} triangles, {views} views",
                _render_job(mesh, views, device, shadows=False),
                [],
            ),
            _Timed(f"{name}, with its shadow, {views} views", _render_job(mesh, views, device), []),
            _Timed(
                f"{len(large.faces)} triangles, {views} views", _render_job(large, views, device, shadows=False), []
            ),
        ]
        _take_turns([clip, *jobs], repeats)
        rows += [_row(clip, None), *(_row(job, clip) for job in jobs)]
        if find_spec("pytorch3d") is not None and not quick:
            soft = _Timed(
                f"PyTorch3D, {name}, {views} views", _render_job(mesh, views, device, backend="pytorch3d"), []
            )
            _take_turns([soft], 1)
            rows.append(_row(soft, clip))
    say("timing scenes of more triangles")
    small = _Timed("floor of 20,000 triangles", _render_job(mesh, 1, device, floor_cells=100, shadows=False), [])
    big = _Timed("floor of 200,000 triangles", _render_job(mesh, 1, device, floor_cells=316, shadows=False), [])
    _take_turns([small, big], 2 * repeats)
    return {
        "size": list(SIZE),
        "samples": 2,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "device": device if not device.startswith("cuda") else torch.cuda.get_device_name(torch.device(device)),
        "rows": rows,
        "scene_growth": {
            "rows": [_row(small, None), _row(big, None)],
            "ratio": statistics.median(big.seconds) / statistics.median(small.seconds),
        },
        "peak_memory_mb": peak_memory_mb(),
    }


def render_speed_table(figures: dict[str, Any]) -> list[str]:
    """Returns the figures of ``measure_render_speed`` as lines of a Markdown table."""
    lines = [
        f"forward + backward at {figures['size'][1]}x{figures['size'][0]}, {figures['samples']}x{figures['samples']} samples, "
        f"{figures['device']}, {figures['threads']} threads",
        "",
        "| what | median ms | least ms | CPU ms | ratio to CLIP, medians | ratio, CPU time |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in [*figures["rows"], *figures["scene_growth"]["rows"]]:
        ratios = [f"{row[name]:.3f}" if name in row else "–" for name in ("ratio", "ratio_of_cpu")]
        times = [f"{1e3 * row[name]:.1f}" for name in ("median_s", "min_s", "cpu_s")]
        lines.append("| " + " | ".join([row["name"], *times, *ratios]) + " |")
    growth = figures["scene_growth"]["ratio"]
    lines += [
        "",
        f"a step with ten times the scene's triangles: {growth:.2f} of the time; peak memory {figures['peak_memory_mb']:.0f} MB",
    ]
    return lines


def main() -> None:
    """Prints the table and the JSON."""
    figures = measure_render_speed(say=lambda line: print(line, flush=True))
    print("\n".join(render_speed_table(figures)))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
