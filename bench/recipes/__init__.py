"""The recipes that bench_recipes.py compares: what each is taught (`_lessons`), how (`_recipes`, `_adapters`), and how
what came out is measured (`_measure`). All start from one base, spend as many tokens and face the same situations.
"""

from __future__ import annotations

from bench.recipes._adapters import AdapterRecipe
from bench.recipes._lessons import demonstrations, documents, introspection
from bench.recipes._measure import Figures, figures_of, held_out, reply_to
from bench.recipes._recipes import INTROSPECTION, PREFERENCES, RECIPES, Setting, Stage, Trained

__all__ = [
    "INTROSPECTION",
    "PREFERENCES",
    "RECIPES",
    "AdapterRecipe",
    "Figures",
    "Setting",
    "Stage",
    "Trained",
    "demonstrations",
    "documents",
    "figures_of",
    "held_out",
    "introspection",
    "reply_to",
]
