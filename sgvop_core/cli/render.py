"""``sgvop render``: a picture of a whole scene from one of its cameras."""

from __future__ import annotations

import argparse

from .output import check_file, write_picture
from .values import read_count, read_size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "scene", nargs="+", metavar="SCENE", help=".glb, .gltf, .obj, .ply, .stl or .blend; several make one scene"
    )
    parser.add_argument(
        "--camera", metavar="NAME", help="camera to look through (default: the scene's first, or one is made)"
    )
    parser.add_argument("--out", required=True, metavar="PICTURE.png", help="where the picture goes")
    parser.add_argument(
        "--size", type=read_size, metavar="WxH", help="pixels (default: 640 wide, as high as the camera says)"
    )
    parser.add_argument(
        "--samples", type=read_count, default=3, metavar="N", help="samples a pixel and side (default: 3)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draws and writes the picture; returns the exit code."""
    out = check_file(arguments.out, "--out", (".png",))
    if not 1 <= arguments.samples <= 16:
        from ..errors import SettingsError

        raise SettingsError(f"--samples is {arguments.samples}; give a number from 1 to 16")
    from ..render import render_picture
    from .scenes import choose_camera, open_scene

    scene = open_scene(arguments.scene)
    camera = choose_camera(scene, arguments.camera)
    size = arguments.size or (max(round(640 / camera.aspect), 1), 640)
    write_picture(out, render_picture(scene, camera, size, samples=arguments.samples))
    made = " (made for this scene, which has none)" if camera.synthetic else ""
    print(f"{out}: {size[1]}x{size[0]} pixels from camera '{camera.name}'{made}")
    return 0
