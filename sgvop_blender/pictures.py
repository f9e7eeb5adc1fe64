"""The candidates' pictures as Blender icons. They are read at once: the job's folder is removed after it."""

from __future__ import annotations

import os
from typing import Any

import bpy.utils.previews

from .records import Option, Record

_collections: dict[int, Any] = {}


def load(record: Record) -> None:
    """Reads the pictures of a run's candidates; one that cannot be read is left out."""
    free(record.number)
    pictures = bpy.utils.previews.new()
    for name, options in record.options.items():
        for option in options:
            if option.picture and os.path.isfile(option.picture):
                picture = pictures.load(f"{name}/{option.index}", option.picture, "IMAGE")
                # Asking for the size makes Blender read the file now, not when it is first drawn.
                _ = picture.image_size[0]
    _collections[record.number] = pictures


def icon(record: Record, option: Option) -> int:
    """Returns the icon number of a candidate's picture, 0 when it has none."""
    pictures = _collections.get(record.number)
    picture = None if pictures is None else pictures.get(f"{option.object}/{option.index}")
    return 0 if picture is None else int(picture.icon_id)


def free(number: int) -> None:
    """Lets go of a run's pictures."""
    pictures = _collections.pop(number, None)
    if pictures is not None:
        bpy.utils.previews.remove(pictures)


def free_all() -> None:
    """Lets go of all pictures."""
    for number in list(_collections):
        free(number)


def held() -> list[int]:
    """Returns the numbers of the runs whose pictures are held."""
    return sorted(_collections)
