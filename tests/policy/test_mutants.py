"""The proofs notice: a resolver with one small mistake in it breaks a promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("z3", reason="the extra `prove` is not installed")

from tests.policy.mutants import Mutant, mutants, rule_of

from soulwright.policy import Proved, prove, resolve
from soulwright.policy._cells import Rule, cells, tabulate_all
from soulwright.policy._prove import promises
from soulwright.spec import Spec, compile_document, compile_spec, parse

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

It should not be gloomy.
{#g.gloom kind=default about=gloom polarity=should_not default=on adjustable_by=operator,user}

It must not be gloomy.
{#g.never_gloomy kind=hard_limit about=gloom polarity=must_not}

It must be calm.
{#g.calm kind=protection about=calm polarity=must}

It must be kind.
{#g.kind kind=protection about=calm polarity=must}

It should be kind by another name.
{#g.named kind=default about=g.kind polarity=should default=on adjustable_by=operator}

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
# It has front matter, and extends a document without: what binds there, binds here.
CHILD = compile_document(
    parse("""---
spec: child
levels: [root, system, developer, user, guideline]
extends: ground.md
---
# More {#more authority=root}

It should be bright.
{#more.bright kind=default authority=user about=bright polarity=should default=off adjustable_by=developer,user}
"""),
    parent=BINDING,
)
# Three promises fail here, for known clauses: a resolver in which others fail, or fewer, is not the real one.
FAULTY = compile_spec("""---
spec: faulty
levels: [provider, operator, user]
---
# Ground {#g authority=provider}

It must not make bombs, except in a laboratory.
{#g.bombs kind=hard_limit about=bombs polarity=must_not unless=laboratory}

It should not speak of bombs.
{#g.speak kind=default about=bombs polarity=should_not default=off adjustable_by=operator}

It must help in danger.
{#g.help kind=protection polarity=must}

It should not be silent.
{#g.silent kind=default about=silent polarity=should_not default=off adjustable_by=operator lifts=g.help}
""")
FAULTS = {"hard-limits-stand": ["bombs", "g.bombs"], "protections-stand": ["g.help"]}
_EVERY = 6
# What survives, and why no promise is broken by it; everything else has to be killed.
HARMLESS = {
    "switches `'adjustable_by' in clause.inferred` turned round": "rules get lines too, and nobody can move them",
    "_default_switch `values[0]` from the other end": "every default clause that compiles states its default",
    "switches `names[-1]` from the other end": "the name `clause ID` is always free, so there is no other way out",
    "_entry `on and switch.lifters` with and/or swapped": "without one of the two nothing is taken away anyway",
    "_lender `other.grants and other.level in switch.movers` with and/or swapped": "asked only where nothing objects",
    "_objections `yield (STANDING.get(switch.kind, Reason.NOT_ADJUSTABLE), imm` left out": "the next objection holds",
    "_objections `fixed_by[0]` from the other end": "only the operator can fix anything, so there is one",
    "_bound `min` is `max`": "two limits that leave different values contradict each other: one fails anyway",
    "_entry `if len(row.known) < _MOST_REMEMBERED` negated": "nothing is remembered, which costs time only",
    "_entry `name in deployment.grants` turned round": "two inputs still have two keys",
    "_entry `name in deployment.locked` turned round": "two inputs still have two keys",
}


def killed_by(mutant: Mutant) -> str:
    """The first promise that a mutant breaks; what a promise cannot even be tried on counts as `total`."""
    rule = rule_of(mutant)
    try:
        for spec in (BINDING, CHILD, GROUND):
            for promise in promises(spec, tabulate_all(cells(spec, rule), rule), None, rule):
                if promise.outcome is Proved.FAILS:
                    return promise.name
        return "" if faults(rule) == FAULTS else "the known faults"
    except (AttributeError, LookupError, NameError, TypeError, ValueError, RuntimeError, AssertionError):
        return "total"


def faults(rule: Rule) -> dict[str, list[str]]:
    """Which promises fail on the faulty ground, and for which lines."""
    found = promises(FAULTY, tabulate_all(cells(FAULTY, rule), rule), None, rule)
    failing = (promise for promise in found if promise.outcome is Proved.FAILS)
    return {promise.name: sorted(example.behaviour for example in promise.counterexamples) for promise in failing}


def test_on_the_faulty_ground_exactly_the_known_faults_are_found() -> None:
    assert faults(resolve) == FAULTS


@pytest.mark.parametrize("spec", [GROUND, BINDING, CHILD], ids=["yield", "bind", "child"])
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
