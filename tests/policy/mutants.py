"""Small mistakes in the resolver, one at a time: each mutant is the real source with one place changed.

What is changed: a comparison turned round, `and` for `or`, a `not` dropped, a condition negated, a set operation
swapped, a truth value flipped, the other end of a sequence, a `yield` left out. Texts for people are left alone.
"""

from __future__ import annotations

import ast
import copy
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import soulwright.policy
from soulwright.policy import Deployment, Ruling, UserAdjustments
from soulwright.spec import Spec

ROOM = "soulwright.policy"
# The functions that give a ruling its meaning, by module; modules are loaded in this order, each on the ones before it.
MEANING = {
    "_switches": ("_default_switch", "_standing_switch", "_at_or_above", "_bounds", "_binds", "switches"),
    "_decide": ("decide", "_objections", "_document", "_lender", "_bound"),
    "_resolve": ("resolve", "_entry", "_says", "_wanted", "_taking_away", "_lifting", "_in_vain"),
}
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Sub: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed place: where, what became of it, and the whole module with it."""

    module: str
    function: str
    line: int
    change: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return f"{self.function} {self.change}"

    @property
    def name(self) -> str:
        return f"{self.module}:{self.line} {self.place}"


def mutants() -> Iterator[Mutant]:
    """Every mutant of every function in `MEANING`, in the order of the source."""
    for module, functions in MEANING.items():
        tree = ast.parse(_source(module))
        for position, node in enumerate(ast.walk(tree)):
            if isinstance(node, ast.FunctionDef) and node.name in functions:
                yield from _of(module, tree, position, node)


def rule_of(mutant: Mutant) -> Callable[[Spec, Deployment, UserAdjustments], Ruling]:
    """The resolver with the mutant in place; the real one stays as it is."""
    loaded: dict[str, types.ModuleType] = {}
    before = {f"{ROOM}.{name}": sys.modules.get(f"{ROOM}.{name}") for name in MEANING}
    try:
        for name in MEANING:
            module = types.ModuleType(f"{ROOM}.{name}")
            sys.modules[module.__name__] = loaded[name] = module
            tree = mutant.tree if name == mutant.module else ast.parse(_source(name))
            exec(compile(tree, f"<mutant {name}>", "exec"), module.__dict__)
    finally:
        for name, real in before.items():
            if real is None:
                del sys.modules[name]
            else:
                sys.modules[name] = real
    rule: Callable[[Spec, Deployment, UserAdjustments], Ruling] = loaded["_resolve"].resolve
    return rule


def _source(module: str) -> str:
    return (Path(soulwright.policy.__file__).parent / f"{module}.py").read_text(encoding="utf-8")


def _of(module: str, tree: ast.Module, position: int, function: ast.FunctionDef) -> Iterator[Mutant]:
    annotations = {id(part) for note in _annotations(function) for part in ast.walk(note)}
    for inner, node in enumerate(ast.walk(function)):
        if id(node) in annotations:
            continue
        for number, (change, _) in enumerate(_changes(node)):
            whole = copy.deepcopy(tree)
            copied = next(found for place, found in enumerate(ast.walk(whole)) if place == position)
            target = next(found for place, found in enumerate(ast.walk(copied)) if place == inner)
            list(_changes(target))[number][1]()
            ast.fix_missing_locations(whole)
            line = getattr(node, "lineno", function.lineno)
            yield Mutant(module=module, function=function.name, line=line, change=change, tree=whole)


def _annotations(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        found = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if found is not None:
            yield found


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can go wrong at a node, each with how to make it so."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _TURNED:
        turned = _TURNED[type(node.ops[0])]
        yield f"`{ast.unparse(node)}` turned round", lambda: node.ops.__setitem__(0, turned())
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"`{ast.unparse(node)}` with and/or swapped", lambda: setattr(node, "op", other)
    if isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED:
        swapped = _SWAPPED[type(node.op)]
        yield f"`{ast.unparse(node)}` with another set operation", lambda: setattr(node, "op", swapped())
    if isinstance(node, ast.If | ast.IfExp):
        test = node.test
        negated = ast.UnaryOp(op=ast.Not(), operand=test)
        yield f"`if {ast.unparse(test)}` negated", lambda: setattr(node, "test", negated)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"`{ast.unparse(node)}` without its not", lambda: _double(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"`{node.value}` flipped", lambda: setattr(node, "value", not node.value)
    yield from _ends(node)


def _ends(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        index, text = node.slice, ast.unparse(node)
        if isinstance(index, ast.Constant) and index.value == 0:
            yield f"`{text}` from the other end", lambda: setattr(node, "slice", ast.Constant(-1))
        if text.endswith("[-1]"):
            yield f"`{text}` from the other end", lambda: setattr(node, "slice", ast.Constant(0))
        if isinstance(index, ast.Slice) and index.lower is None and index.upper is not None:
            rest = ast.Slice(lower=index.upper)
            yield f"`{text}` the rest instead", lambda: setattr(node, "slice", rest)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("min", "any"):
        func, other = node.func, {"min": "max", "any": "all"}[node.func.id]
        yield f"`{func.id}` is `{other}`", lambda: setattr(func, "id", other)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        nothing = ast.Constant(None)
        yield f"`{ast.unparse(node)[:60]}` left out", lambda: setattr(node, "value", nothing)


def _double(node: ast.UnaryOp) -> None:
    """`not x` becomes `not not x`: the same truth without the negation."""
    node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
