"""What things are called: the nouns of the prompt vocabulary, seen from the kinds of assets.

The words are those of ``guidance/prompt/vocabulary.json``; here is only what a learner has to know beside them.
"""

from __future__ import annotations

from functools import cache, lru_cache

from ..guidance.prompt.vocabulary import load_vocabulary

_OF_KIND = {
    "camera": "photo camera", "orange": "tangerine", "top": "spinning top", "plane": "airplane", "book row": "book",
    "blocks": "block",
}  # fmt: skip
"""Kinds whose own word means something else in a prompt (a colour, a place, a relation), and plurals."""

_NO_NAME = frozenset(
    {"shelves", "shelving", "steps", "cattle", "throw", "island", "wc", "looking glass", "figure", "calf", "foal"}
)
"""Synonyms that read badly with an article, that say an age, or that hold a word of a relation or of the grammar."""

_HYPERNYMS = frozenset(
    {
        "furniture", "seat", "animal", "bird", "insect", "vessel", "container", "vehicle", "appliance", "bag", "luggage",
        "plant", "lamp", "ball", "fruit", "vegetable", "food", "cutlery", "tool", "instrument", "building", "letter", "digit",
    }
)  # fmt: skip
"""Kinds that captions say. Left out are those that may be said of almost anything ("toy", "shape") or that are only
near ("table" for a nightstand)."""

_KIN = (
    "cup glass jar pot jug bucket can bin vase", "bowl plate tray pan", "bottle vase jug jar",
    "teapot kettle jug watering can", "pot vase bucket bowl", "basket bin bucket box",
    "table counter nightstand bench stool", "bench sofa bed", "sofa armchair bed", "chair armchair stool",
    "shelf cabinet ladder", "cabinet nightstand drawer oven fridge washing machine microwave box door",
    "box block slab briefcase suitcase gift dice printer speaker", "book folder box slab laptop",
    "tv picture mirror window whiteboard laptop", "phone calculator radio photo camera",
    "radio speaker microwave toaster", "lamp street lamp lantern candle", "plant flower bush tree cactus pot",
    "car truck van bus toy", "bike motorcycle", "train bus", "airplane rocket",
    "ball globe balloon tangerine tomato apple egg dome pumpkin",
    "cylinder can tube barrel drum bucket candle bollard disc jar", "cone traffic cone pyramid tent spinning top",
    "disc coin plate wheel tire dome", "torus tire wheel donut spring", "pyramid polyhedron tent diamond wedge prism",
    "capsule egg ball cylinder", "rock polyhedron bush", "wedge prism slab cheese", "polyhedron dice diamond ball",
    "arch door bench", "arrow sign", "bollard hydrant", "mailbox box bin bollard", "sign traffic light street lamp",
    "fence ladder bench", "house tent castle tower", "tower windmill", "stool table bench drum", "rug blanket slab",
    "pillow blanket bag", "bag backpack suitcase briefcase basket", "person doll robot snowman toy pawn monkey",
    "teddy toy bear doll", "dog cat cow horse pig sheep goat lion bear bunny rat", "horse giraffe cow goat",
    "bird duck chicken owl penguin", "frog turtle crocodile dinosaur", "fish whale shark", "bee butterfly",
    "spider crab octopus", "snake tube spring", "snail turtle", "pawn bowling pin bottle spinning top",
    "spoon fork knife pan", "knife sword saw", "broom shovel pencil", "hammer axe", "wrench screwdriver pencil",
    "bell lamp cup", "trophy cup vase", "guitar violin", "sink bathtub toilet bowl", "hat bowl",
    "curtain blanket window", "keyboard piano laptop", "clock disc picture mirror", "pear apple egg", "banana carrot",
    "mushroom umbrella lamp", "bread cake slab", "cake cheese pizza hamburger", "carrot cone", "crown torus",
    "star cross", "fan windmill", "fireplace oven cabinet", "stairs ladder wedge",
    "toy car truck doll teddy block dog cow ball drum spinning top", "ice cream cone", "watering can bucket jug",
    "globe lamp", "flat iron boat", "chopping board slab tray", "envelope folder book", "mirror door window",
    "digit 0 letter o", "digit 1 letter i letter l", "digit 5 letter s", "digit 2 letter z", "digit 6 digit 9",
    "digit 8 letter b", "letter m letter w letter e digit 3", "letter n letter z",
    "letter u letter c letter n letter v", "letter p letter d letter q letter b letter g", "letter i letter l letter h",
    "digit 7 letter l letter t", "letter a letter v", "digit 0 torus", "letter o torus", "letter x cross",
    "letter t cross hammer", "letter v arrow", "letter f letter e letter t", "letter j letter l",
    "letter k letter x letter y", "letter g letter c letter q letter o", "digit 4 letter a letter y",
)  # fmt: skip
"""Nouns that may be true of the same picture of a thing: variants of one look like variants of the other."""

UNNAMED = frozenset(
    {
        "box", "ball", "block", "cylinder", "cone", "pyramid", "torus", "wedge", "capsule", "prism", "star", "heart", "arch",
        "arrow", "cross", "disc", "dome", "tube", "spring", "polyhedron", "slab", "diamond", "vase", "bowl", "bottle", "cup",
        "glass", "pot", "jar", "jug", "plate", "spinning top", "pawn", "bowling pin", "bell", "candle", "lamp", "trophy", "bin",
        "bucket", "tower", "stool", "toy", "shelf", "fence", "table", "picture", "window", "ladder", "barrel", "drum", "bollard",
        "egg", "pear", "mushroom", "vessel", "container",
    }
)  # fmt: skip
"""Nouns that a shape without a name (turned, cut, stacked or framed at random) may happen to look like."""


@cache
def noun_of(kind: str) -> str | None:
    """Returns the canonical noun of a kind of asset ("mug": "cup"), None for shapes that no noun names."""
    kind = kind.lower()
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    table, words = load_vocabulary().nouns, kind.replace("_", " ").split()
    for first in range(len(words)):
        noun = table.get(" ".join(words[first:]))
        if noun is not None:
            return noun
    return None


@cache
def names_of(noun: str) -> tuple[str, ...]:
    """Returns the ways to say a canonical noun, itself first; words for whole kinds ("vehicle") are left out."""
    data = load_vocabulary().data
    words = data["nouns"].get(noun, ())
    return (noun, *(w for w in words if w not in _NO_NAME and w not in data["kinds"]))


@cache
def names_of_kind(kind: str, noun: str) -> tuple[str, ...]:
    """Returns the ways to say a thing of a kind of asset: its own word, the noun, and synonyms that say no other kind.

    A floor lamp is a lamp and a floor lamp, not a desk lamp: where a noun has several kinds, its synonyms of several
    words say a special form and are left out.
    """
    from ..assets.registry import KINDS

    kind, kinds = kind.lower(), {k.lower() for k in KINDS}
    several = sum(noun_of(k) == noun for k in kinds) > 1
    own = [w for w in names_of(noun) if w == kind]
    others = [w for w in names_of(noun) if w not in (kind, noun) and w not in kinds and not (several and " " in w)]
    return (*own, *([noun] if noun != kind else []), *others)


@cache
def hypernyms_of(noun: str) -> tuple[str, ...]:
    """Returns the words for the kinds of thing that a canonical noun is ("animal" for "dog")."""
    kinds = load_vocabulary().data["kinds"]
    return tuple(k for k, members in kinds.items() if k in _HYPERNYMS and noun in members and k != noun)


@lru_cache(maxsize=1)
def _kin_table() -> dict[str, frozenset[str]]:
    known = set(load_vocabulary().data["nouns"])
    table: dict[str, set[str]] = {}
    for line in _KIN:
        group = _nouns_in(line.split(), known)
        for noun in group:
            table.setdefault(noun, set()).update(group)
    return {noun: frozenset(group) for noun, group in table.items()}


def _nouns_in(words: list[str], known: set[str]) -> list[str]:
    """Returns the nouns that a row of words is made of, longest first."""
    found, at = [], 0
    while at < len(words):
        length = 2 if " ".join(words[at : at + 2]) in known else 1
        found.append(" ".join(words[at : at + length]))
        at += length
    return found


@cache
def kin(noun: str) -> frozenset[str]:
    """Returns the nouns (itself included) that may be true of the same thing: never negatives of one another.

    For a word of a kind ("animal") these are its members and their kin.
    """
    table, data = _kin_table(), load_vocabulary().data
    found = set(table.get(noun, ())) | {noun}
    for member in data["kinds"].get(noun, ()):
        found |= {member} if noun in data["nouns"] else table.get(member, frozenset()) | {member}
    kinds = data["kinds"]
    return frozenset(found | {k for k, members in kinds.items() if noun in members})
