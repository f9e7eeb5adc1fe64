"""The table of ``sgvop bench guidance``: each measure with its bound, its value and whether it holds, model by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Found = Mapping[str, Mapping[str, Sequence[tuple[str, float]]]]
"""Judge -> measure -> (key, value) of every try."""

MEASURES = {
    "relation": "relation named right among all that do not hold",
    "pairs": "both of a pair right",
    "order": "which object is on which",
    "noun": "noun among 10",
    "colour": "colour among 10",
    "auc": "area under the ROC curve on random poses",
    "best": "best of 300 random poses satisfies the prompt",
    "smooth": "correlation of scores 2 % of the size apart",
    "adam": "Adam from a start that breaks the prompt ends satisfying it",
    "speed": "a picture's time forward and backward over that of ViT-B-32",
}
BOUNDS = {
    "relation": 0.9, "pairs": 0.9, "order": 0.9, "noun": 0.9, "colour": 0.9, "best": 0.9, "smooth": 0.98, "adam": 0.5,
    "speed": 0.1,
}  # fmt: skip
AUC_MEDIAN, AUC_WORST = 0.97, 0.9


def rows_of(found: Found, judges: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the rows that were measured: ``name``, ``bound``, ``at_least`` and by model ``value``, ``count``, ``holds``.

    Measures by relation are the mean over relations of their shares; those of prompts are the mean over tries.
    """
    rows: list[dict[str, Any]] = []

    def row(measure: str, name: str, bound: float, values: Mapping[str, tuple[float, int] | None]) -> None:
        below = measure == "speed"
        models = {
            judge: None if value is None else {
                "value": value[0], "count": value[1],
                "holds": bool(value[0] <= bound) if below else bool(value[0] >= bound),
            }
            for judge, value in values.items()
        }  # fmt: skip
        if any(models.values()):
            rows.append({"measure": measure, "name": name, "bound": bound, "at_least": not below, "models": models})

    for measure, name in MEASURES.items():
        tries = {judge: list(found[judge].get(measure, ())) for judge in judges}
        if measure == "pairs":
            for key in dict.fromkeys(k for values in tries.values() for k, _ in values):
                row(measure, f"{name}: {key}", BOUNDS[measure],
                    {judge: _mean([v for k, v in values if k == key]) for judge, values in tries.items()})  # fmt: skip
        elif measure == "auc":
            shares = {judge: _by_key(values) for judge, values in tries.items()}
            counts = {judge: len(values) for judge, values in tries.items()}
            for words, reduce, bound in (("median", np.median, AUC_MEDIAN), ("worst", np.min, AUC_WORST)):
                row(measure, f"{name}, {words} over relations", bound, {
                    judge: (float(reduce(list(by_key.values()))), counts[judge]) if by_key else None
                    for judge, by_key in shares.items()
                })  # fmt: skip
        elif measure == "relation":
            row(measure, name, BOUNDS[measure], {
                judge: (float(np.mean(list(_by_key(values).values()))), len(values)) if values else None
                for judge, values in tries.items()
            })  # fmt: skip
        else:
            row(measure, name, BOUNDS[measure],
                {judge: _mean([v for _, v in values]) for judge, values in tries.items()})  # fmt: skip
    return rows


def guidance_table(figures: Mapping[str, Any]) -> list[str]:
    """Returns the figures as lines of Markdown tables: the measures, and each of them by relation."""
    judges = figures["models"]
    columns = [column for judge in judges for column in (judge, "samples", "holds")]
    lines = ["| " + " | ".join(["measure", "bound", *columns]) + " |", "| --- " * (2 + len(columns)) + "|"]
    for row in figures["rows"]:
        cells = [row["name"], f"{'≥' if row['at_least'] else '≤'} {row['bound']:g}"]
        for judge in judges:
            value = row["models"][judge]
            cells += ["–", "–", "–"] if value is None else [
                f"{value['value']:.3f}", str(value["count"]), "yes" if value["holds"] else "no"
            ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    if figures["random_share"] is not None:
        lines += ["", f"{figures['random_share']:.3f} of the random poses satisfy the prompts of the best of 300."]
    keyed = [
        m
        for m in ("relation", "relation, clear", "auc", "best", "smooth", "adam")
        if any(m in figures["keys"][j] for j in judges)
    ]
    for judge in judges if keyed else ():
        lines += ["", f"By relation, {judge} (tries):", "", "| relation | " + " | ".join(keyed) + " |"]
        lines.append("| --- " * (1 + len(keyed)) + "|")
        table = figures["keys"][judge]
        for relation in sorted({key for measure in keyed for key in table.get(measure, ())}):
            cells = [table.get(measure, {}).get(relation) for measure in keyed]
            shown = ["–" if c is None else f"{c['value']:.2f} ({c['count']})" for c in cells]
            lines.append(f"| {relation} | " + " | ".join(shown) + " |")
    return lines


def _mean(values: Sequence[float]) -> tuple[float, int] | None:
    return (float(np.mean(values)), len(values)) if values else None


def _by_key(values: Sequence[tuple[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([v for k, v in values if k == key])) for key in dict.fromkeys(k for k, _ in values)}
