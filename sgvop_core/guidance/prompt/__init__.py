"""The prompt: what it says (``read_prompt``) and which objects of the scene it means (``resolve_prompt``)."""

from .grammar import read_prompt
from .reading import CAMERA, ROOM, Noun, PromptReading, RelationReading, ResolvedPrompt, ResolvedRelation, SizeReading
from .resolve import resolve_prompt
from .vocabulary import Vocabulary, load_vocabulary

__all__ = [
    "CAMERA",
    "ROOM",
    "Noun",
    "PromptReading",
    "RelationReading",
    "ResolvedPrompt",
    "ResolvedRelation",
    "SizeReading",
    "Vocabulary",
    "load_vocabulary",
    "read_prompt",
    "resolve_prompt",
]
