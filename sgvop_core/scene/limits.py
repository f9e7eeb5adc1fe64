"""How large a scene may be before it is refused, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on what is read from files. They keep a hostile or mistaken file from eating the memory."""

    file_bytes: int = 4 << 30
    """Largest file read whole; the .glb format itself ends here."""
    json_bytes: int = 512 << 20
    """Largest glTF description; a real one of 100,000 nodes has about 50 MB."""
    faces: int = 40_000_000
    """Triangles of all meshes together; about 5 GB in memory at three uvs and normals a face."""
    vertices: int = 60_000_000
    """Vertices of all meshes together, before unused ones are dropped."""
    objects: int = 200_000
    """Nodes and instances together; each is a Python object of its own."""
    texture_side: int = 4096
    """Larger pictures are halved until they fit: nothing the guidance looks at shows more than a few hundred pixels."""


LIMITS = Limits()
