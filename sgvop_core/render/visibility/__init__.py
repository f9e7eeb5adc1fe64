"""Which triangle each sample sees: plug-ins without gradient behind one function signature."""

from __future__ import annotations

from .choose import Visibility, choose_visibility
from .projection import Projected, project

__all__ = ["Projected", "Visibility", "choose_visibility", "project"]
