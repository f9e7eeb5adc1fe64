"""Differentiable renderers behind one contract."""

from __future__ import annotations

from .contract import Renderer, Views
from .make import make_renderer
from .options import RenderOptions
from .picture import render_picture

__all__ = ["RenderOptions", "Renderer", "Views", "make_renderer", "render_picture"]
