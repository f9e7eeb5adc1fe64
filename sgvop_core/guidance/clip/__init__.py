"""CLIP guidance: pretrained models through open_clip, prompt templates, augmentations and the term itself."""

from .augment import DESCRIPTIONS as AUGMENTATIONS
from .augment import parse_augmentations
from .doctor import doctor_clip
from .load import Load, automatic, builtin_present, load_clip, load_models
from .model import ClipModel
from .open_clip_import import import_open_clip
from .preprocess import Preprocess
from .specs import parse_clip, parse_spec
from .templates import TEMPLATE_SETS, wordings
from .term import ClipLimits, ClipTerm
from .variants import Augmentation
from .weights import Download, Weights, available_weights

__all__ = [
    "AUGMENTATIONS",
    "TEMPLATE_SETS",
    "Augmentation",
    "ClipLimits",
    "ClipModel",
    "ClipTerm",
    "Download",
    "Load",
    "Preprocess",
    "Weights",
    "automatic",
    "available_weights",
    "builtin_present",
    "doctor_clip",
    "import_open_clip",
    "load_clip",
    "load_models",
    "parse_augmentations",
    "parse_clip",
    "parse_spec",
    "wordings",
]
