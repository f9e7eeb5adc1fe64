"""Spatial relations: what a prompt says about places, as differentiable energies and as hard predicates."""

from .contract import Relation, RelationCheck
from .limits import LIMITS, Limits
from .relation_set import RelationSet, make_relations

__all__ = ["LIMITS", "Limits", "Relation", "RelationCheck", "RelationSet", "make_relations"]
