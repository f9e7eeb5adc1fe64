"""The renderer's tunable numbers, with units and reasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RenderOptions:
    """Numbers that shape the picture and its gradient; the defaults are the measured ones of docs/performance.md."""

    samples: int = 2
    """Samples along each side of a pixel. 2 is the best trade of gradient accuracy and time; 1 is a draft."""
    graze: float = 2.0
    """A sample's own derivative counts by the cosine between ray and surface over this number (at most 1); the rest
    is its colour's motion across the picture, by differences to its neighbours (see ``rim``; values unchanged). Hits
    slide by one over the cosine, so single samples are noise near the rim. 0 takes every sample's own derivative."""
    gap: float = 1.0
    """Jump of 1/depth between two neighbours, in relative units per pixel angle, that counts as a discontinuity:
    smaller jumps are creases whose colours meet."""
    fragments: int = 4_000_000
    """Bound on the triangle-pixel pairs that the torch z-buffer holds at once (about 60 bytes each)."""
    antialiased_faces: int = 400_000
    """Fixed scenes of more faces than that are not antialiased along their edges: finding edges takes seconds there."""
    plates_kept: int = 48
    """Cameras whose plates stay in memory; at 224x224 and 2x2 samples one takes about 5 MB."""
    shadow_map: int = 128
    """Texels along each side of the body's shadow map: soft edges at picture scale need no more."""
    fixed_shadow_map: int = 1024
    """Texels along each side of the fixed scene's shadow map: 6 mm in a room of 6 m."""
    shadow_strength: float = 0.9
    """Share of the strongest light that the body's shadow takes away; the rest stands for bounced light."""
