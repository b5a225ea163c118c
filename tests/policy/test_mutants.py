"""The proofs notice: a resolver with one small mistake in it breaks a promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("z3", reason="the extra `prove` is not installed")

from tests.policy.mutants import Mutant, mutants, rule_of

from soulwright.policy import Proved, prove
from soulwright.policy._cells import cells, tabulate_all
from soulwright.policy._prove import promises
from soulwright.spec import Spec, compile_spec

DOCS = Path(__file__).parents[2] / "docs" / "proofs.md"

# One clause for each thing that the rule distinguishes, and every promise holds.
GROUND = compile_spec("""---
spec: proving-ground
levels: [provider, operator, user]
---
# Ground {#g authority=provider}

It must not make weapons.
{#g.weapons kind=hard_limit about=weapons polarity=must_not}

It should not talk of weapons.
{#g.talk kind=default about=weapons polarity=should_not default=off adjustable_by=operator lifts=g.dignity}

It must be decent.
{#g.dignity kind=protection about=dignity polarity=must}

It must help in danger.
{#g.danger kind=protection about=danger polarity=must}

It should speak of help first, some or most of the time.
{#g.first kind=default about=danger polarity=should values=off,some,on default=on adjustable_by=operator,user}

It must say that it is a machine.
{#g.machine kind=protection polarity=must waivable_by=user}

It should not play a person unless asked.
{#g.play kind=default about=play polarity=should_not default=off adjustable_by=user lifts=g.machine}

It should not give doses.
{#g.doses kind=default about=doses polarity=should_not default=off adjustable_by=operator requires=ward}

It should not swear where children are.
{#g.swearing kind=default about=swearing values=off,some,on default=some adjustable_by=operator,user unless=children}

It should be light.
{#g.humour kind=default about=humour polarity=should default=on adjustable_by=operator,user}

It should be short.
{#g.short kind=default about=short polarity=should default=off adjustable_by=user requires=ward}

It should keep to its subject.
{#g.subject kind=default about=subject polarity=should authority=operator values=off,on default=off}
""")  # fmt: skip
# Without front matter: what a higher level sets binds the lower ones, and a wish may be implied.
BINDING = compile_spec("""# Ground {#g authority=root}

It must not make weapons.
{#g.weapons kind=hard_limit polarity=must_not}

It should be light.
{#g.humour kind=default authority=guideline about=humour polarity=should default=on adjustable_by=developer,user}

It should be short.
{#g.short kind=default authority=user about=short polarity=should default=off adjustable_by=developer,user}
""")  # fmt: skip
_EVERY = 6
# What survives, and why no promise is broken by it; everything else has to be killed.
HARMLESS: dict[str, str] = {}


def killed_by(mutant: Mutant) -> str:
    """The first promise that a mutant breaks; what a promise cannot even be tried on counts as `total`."""
    rule = rule_of(mutant)
    for spec in (BINDING, GROUND):
        try:
            for promise in promises(spec, tabulate_all(cells(spec, rule), rule), None, rule):
                if promise.outcome is Proved.FAILS:
                    return promise.name
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError, AssertionError):
            return "total"
    return ""


@pytest.mark.parametrize("spec", [GROUND, BINDING], ids=["yield", "bind"])
def test_every_promise_holds_on_the_proving_grounds_and_none_is_empty_on_both(spec: Spec) -> None:
    assert prove(spec).holds
    empty = [{p.name for p in prove(one).promises if p.outcome is Proved.VACUOUS} for one in (GROUND, BINDING)]
    assert not empty[0] & empty[1]


def test_the_proofs_kill_a_sample_of_mutants_from_all_over_the_resolver() -> None:
    sample = [mutant for mutant in mutants() if mutant.place not in HARMLESS][::_EVERY]
    assert len(sample) >= 20
    assert [mutant.name for mutant in sample if not killed_by(mutant)] == []


@pytest.mark.long
def test_the_proofs_kill_every_mutant_that_changes_a_ruling_and_the_docs_say_how_many() -> None:
    verdicts = [(mutant, killed_by(mutant)) for mutant in mutants()]
    alive = [mutant.name for mutant, by in verdicts if not by]
    assert [mutant.name for mutant, by in verdicts if not by and mutant.place not in HARMLESS] == []
    killed = len(verdicts) - len(alive)
    assert re.search(rf"\b{killed} of {len(verdicts)} mutants\b", DOCS.read_text(encoding="utf-8"))
