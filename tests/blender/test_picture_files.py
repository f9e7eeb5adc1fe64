"""A picture that is given along as its file shows what Blender shows of it, and Blender need not decode it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sgvop_core.scene.bundled import scene_from_bundle
from sgvop_core.wire.bundle import read_bundle

pytestmark = pytest.mark.blender
AS_FILES = {
    "colour.png", "grey.png", "palette.png", "photo.jpg", "grey photo.jpg", "progressive.jpg", "linear.png", "packed.png", "large.jpg",
}  # fmt: skip
BY_BLENDER = {"deep.png", "painted.png", "premultiplied.png", "cmyk.jpg", "other.bmp"}


@pytest.fixture(scope="module")
def found(bpy_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 24, dtype=np.uint8)
    smooth = np.stack([np.tile(ramp, (16, 1)), np.tile(ramp[::-1], (16, 1)), np.full((16, 24), 90, np.uint8)], -1)
    colours = rng.integers(0, 256, (16, 24, 4)).astype(np.uint8)
    photo = Image.fromarray(smooth)
    for name in ("colour", "linear", "packed", "painted", "premultiplied"):
        Image.fromarray(colours).save(folder / f"{name}.png")
    Image.fromarray(colours[..., 0]).save(folder / "grey.png")
    photo.quantize(16).save(folder / "palette.png")
    Image.fromarray(np.tile(ramp, (16, 1)).astype(np.uint16) * 257).save(folder / "deep.png")
    photo.save(folder / "photo.jpg", quality=95, exif=b"Exif\0\0" + bytes(3000))
    photo.convert("L").save(folder / "grey photo.jpg", quality=95)
    photo.save(folder / "progressive.jpg", quality=95, progressive=True)
    photo.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    photo.save(folder / "other.bmp")
    photo.resize((4096, 64)).save(folder / "large.jpg", quality=95)
    printed = bpy_run(Path(__file__).with_name("picture_files.py"), str(folder))
    asked, decoded = json.loads(printed.split("OUT")[1].splitlines()[0])
    scenes = [scene_from_bundle(read_bundle(folder / f"{name}.npz")) for name in ("files", "pixels")]
    shown = [{o.name: o.mesh.materials[0].texture.pixels for o in scene.objects} for scene in scenes]
    return set(asked), set(decoded), *shown


def test_plain_pictures_go_as_files_without_being_decoded(found):
    asked, decoded, _, _ = found
    assert asked == AS_FILES
    assert decoded == BY_BLENDER


def test_they_show_what_blender_shows(found):
    _, _, files, pixels = found
    assert set(files) == set(pixels) == AS_FILES | BY_BLENDER
    for name in files:
        assert files[name].shape == pixels[name].shape, name
        # Decoders of JPEG differ by a step or two; scaling down is done by another filter.
        off = {"large.jpg": 8, "progressive.jpg": 3, "photo.jpg": 3, "grey photo.jpg": 2}.get(name, 0)
        assert np.abs(files[name].astype(int) - pixels[name]).max() <= off, name
