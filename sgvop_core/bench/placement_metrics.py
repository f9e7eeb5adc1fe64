"""Shares and means of benchmark runs with their uncertainty, and the table that shows them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

QUESTIONS = ("satisfied", "collision_free", "supported", "in_view", "complete")
"""What the referee answers, by the name it is reported under."""
Z = 1.959964
"""Standard normal quantile of the intervals: 95 %."""


def wilson(good: int, count: int, z: float = Z) -> tuple[float, float]:
    """Returns the Wilson score interval of a share (Wilson 1927): honest near 0 and 1, unlike the normal one."""
    if count == 0:
        return 0.0, 1.0
    share, square = good / count, z * z
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap_mean(values: Sequence[float], groups: Sequence[str], draws: int = 2000) -> tuple[float, float]:
    """Returns the 95 % percentile bootstrap interval of a mean (Efron 1979), whole groups drawn with replacement.

    Runs of one case are alike, so cases are drawn and not runs. Always the same draws.
    """
    if not values:
        return math.nan, math.nan
    names = sorted(set(groups))
    sums = np.array([sum(v for v, g in zip(values, groups, strict=True) if g == name) for name in names])
    counts = np.array([sum(g == name for g in groups) for name in names])
    pick = np.random.default_rng(0).integers(0, len(names), (draws, len(names)))
    means = sums[pick].sum(1) / counts[pick].sum(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def summarise(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns, for each question, the share of good runs with its interval; and the seconds: mean, interval, longest.

    ``disagreements`` counts the runs that the engine called complete and the referee did not, and the other way round.
    """
    summary: dict[str, Any] = {"runs": len(runs), "errors": sum(bool(r["error"]) for r in runs)}
    for question in QUESTIONS:
        good = sum(bool(r[question]) for r in runs)
        low, high = wilson(good, len(runs))
        summary[question] = {"share": good / max(len(runs), 1), "low": low, "high": high}
    claims = [r for r in runs if r.get("claimed") is not None]
    summary["disagreements"] = {
        "claimed_only": sum(bool(r["claimed"]) and not r["complete"] for r in claims),
        "referee_only": sum(bool(r["complete"]) and not r["claimed"] for r in claims),
    }
    seconds = [float(r["seconds"]) for r in runs]
    low, high = bootstrap_mean(seconds, [str(r.get("case", "")) for r in runs])
    summary["seconds"] = (
        {"mean": sum(seconds) / len(seconds), "low": low, "high": high, "longest": max(seconds)} if seconds else None
    )
    return summary


def by_relation(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the share of complete runs for each relation, attitude and size word that a case expects."""
    words: dict[str, list[bool]] = {}
    for run in runs:
        for word in run.get("expects", ()):
            words.setdefault(word, []).append(bool(run["complete"]))
    return {word: {"complete": sum(answers), "runs": len(answers)} for word, answers in sorted(words.items())}


def placement_table(figures: Mapping[str, Any]) -> list[str]:
    """Returns the figures as the lines of two Markdown tables: by method, and complete runs by relation and method."""
    names = [question.replace("_", " ") for question in QUESTIONS]
    lines = [
        f"{figures['cases']} cases, {figures['seeds']} seeds, quality {figures['quality']}, "
        f"CLIP {', '.join(figures['models']) or 'none'}; "
        "share of runs with its 95 % interval, judged by the benchmark's own referee",
        "",
        "| method | " + " | ".join(names) + " | seconds |",
        "| --- |" + " --- |" * (len(names) + 1),
    ]
    for method, summary in figures["methods"].items():
        cells = [f"{s['share']:.2f} ({s['low']:.2f} to {s['high']:.2f})" for s in (summary[q] for q in QUESTIONS)]
        time = summary["seconds"]
        seconds = f"{time['mean']:.1f} ({time['low']:.1f} to {time['high']:.1f})" if time else "-"
        lines.append(f"| {method} | " + " | ".join(cells) + f" | {seconds} |")
    relations = figures.get("relations") or {}
    if relations:
        words = sorted({word for shares in relations.values() for word in shares})
        lines += [
            "",
            "| complete, by relation | " + " | ".join(relations) + " |",
            "| --- |" + " --- |" * len(relations),
        ]
        for word in words:
            cells = [
                f"{s['complete']}/{s['runs']}" if (s := shares.get(word)) else "-" for shares in relations.values()
            ]
            lines.append(f"| {word.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return lines
