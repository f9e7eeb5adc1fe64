"""The core: find where an object belongs from a text prompt. Blender is not needed to import it."""
