"""glTF 2.0: reading a file as a Scene, editing one node's transform in place, writing any Scene."""

from .read import read_gltf
from .write import write_glb

__all__ = ["read_gltf", "write_glb"]
