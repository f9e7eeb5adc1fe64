"""What a prompt means in a scene: read, and its anchors found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..guidance.prompt import read_prompt, resolve_prompt
from ..guidance.prompt.reading import ResolvedPrompt
from ..scene.geometry import SceneGeometry
from ..scene.model import Scene
from .ground import with_ground


@dataclass(frozen=True)
class Understanding:
    """A prompt resolved against the ``geometry`` of what stays (with a ground where the scene has none).

    ``scene_notes``: lines for the user about the scene; those about the prompt are in ``resolved.messages``.
    """

    geometry: SceneGeometry
    resolved: ResolvedPrompt
    scene_notes: tuple[str, ...]

    @property
    def messages(self) -> tuple[str, ...]:
        """All lines for the user."""
        return (*self.scene_notes, *self.resolved.messages)


def understand(scene: Scene, names: Sequence[str], prompt: str, anchors: Sequence[str] = ()) -> Understanding:
    """Returns what the prompt means for ``names``, which move (as one); ``anchors`` go before those it names.

    Raises PromptError (empty prompt, unknown anchor) and SceneError.
    """
    staged, geometry, note = with_ground(scene, names, SceneGeometry(scene, names))
    reading = read_prompt(prompt, [o.name for o in staged.objects], names[0])
    resolved = resolve_prompt(reading, staged, names[0], tuple(anchors))
    return Understanding(geometry, resolved, (*scene.notes, *([note] if note else [])))
