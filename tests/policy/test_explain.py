"""What a ruling means: options, what-if, the page, the record that replays, the comparison of two."""

from __future__ import annotations

import datetime
import json
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.policy.strategies import case

from soulwright.errors import InputError
from soulwright.policy import (
    IN_FORCE,
    LIFTED,
    Availability,
    Deployment,
    Option,
    Paper,
    PaperSort,
    Persona,
    Principal,
    Relation,
    Side,
    UserAdjustments,
    as_of,
    compare,
    comparison_to_dict,
    deployment_schema,
    deployment_to_dict,
    deployment_to_yaml,
    differences,
    explain,
    explanation_to_dict,
    hash_of,
    pins_of,
    read_deployment,
    read_user,
    render_explanation,
    replay,
    resolve,
    switches,
    what_if,
)
from soulwright.spec import Spec, compile_spec, load_spec, with_attribute, without

ROOT = Path(__file__).parents[2]
SPEC = load_spec(ROOT / "specs" / "soulwright.md")
TODAY = datetime.date(2026, 11, 21)
WARD = Deployment(operator="Ward", attestations=frozenset({"medical_setting"}), settings={"dosage": "on"})
NOBODY = UserAdjustments()


def option(deployment: Deployment, name: str, principal: Principal, wanted: str) -> Option:
    options = explain(SPEC, deployment).line(name).options
    return next(item for item in options if item.principal is principal and item.value == wanted)


def test_an_operator_reads_what_they_may_adjust_and_what_it_takes() -> None:
    assert option(Deployment(), "humour", Principal.OPERATOR, "off").availability is Availability.NOW
    dosage = option(Deployment(), "dosage", Principal.OPERATOR, "on")
    assert (dosage.availability, dosage.needs) == (Availability.AFTER, ("medical_setting",))
    assert option(WARD, "dosage", Principal.OPERATOR, "on").availability is Availability.NOW
    never = option(WARD, "weapons", Principal.OPERATOR, LIFTED)
    assert (never.availability, never.by) == (Availability.OFF_THE_TABLE, "limits.weapons")


def test_a_user_reads_what_is_theirs_what_a_grant_would_give_and_what_is_fixed() -> None:
    assert option(Deployment(), "humour", Principal.USER, "off").availability is Availability.NOW
    dosage = option(Deployment(), "dosage", Principal.USER, "on")
    assert (dosage.availability, dosage.needs) == (Availability.BY_GRANT, ("medical_setting",))
    locked = Deployment(locked=frozenset({"humour"}))
    assert option(locked, "humour", Principal.USER, "off").availability is Availability.FIXED
    assert option(Deployment(), "ai_disclosure", Principal.USER, LIFTED).availability is Availability.OFF_THE_TABLE


def test_an_option_that_is_offered_now_is_granted_when_asked_for() -> None:
    for seed in range(150):
        made = case(seed)
        for line in explain(made.spec, made.deployment, made.user).lines:
            for item in line.options:
                asked = {line.switch.name: item.value}
                if item.principal is Principal.USER and item.availability is Availability.NOW:
                    wish = replace(made.user, settings={**made.user.settings, **asked})
                    ruling = resolve(made.spec, made.deployment, wish)
                    assert ruling.value(line.switch.name) == item.value, seed


def test_what_if_tells_of_every_behaviour_that_would_change() -> None:
    text = """---
levels: [provider, operator, user]
---
# A {#a authority=provider}

It may play.
{#a.play kind=default about=play values=off,on default=off adjustable_by=operator,user lifts=a.owed polarity=may}

It must remind.
{#a.owed kind=protection about=owed}
"""
    operator, user = what_if(compile_spec(text), Deployment(), NOBODY, behaviour="play", wanted="on")
    assert operator.granted
    assert user.granted
    assert user.changes == (("play", "off", "on"), ("owed", IN_FORCE, LIFTED))


def test_asking_about_what_is_not_decided_names_what_is() -> None:
    with pytest.raises(InputError, match="decides nothing called `nothing`") as raised:
        what_if(SPEC, WARD, NOBODY, behaviour="nothing", wanted="on")
    assert "humour" in raised.value.help
    with pytest.raises(InputError, match="decides nothing called `nothing`"):
        explain(SPEC, WARD).line("nothing")


def test_a_paper_that_nothing_asks_for_and_a_persona_without_effect_are_noted() -> None:
    deployment = Deployment(attestations=frozenset({"pets"}), persona=Persona(name="Maro"), scope=("shoes",))
    notes = " ".join(explain(SPEC, deployment).notes)
    assert "`pets`" in notes
    assert "`Maro`" in notes
    assert "scope" in notes


def test_a_record_replays_to_the_same_values_from_its_steps_alone() -> None:
    for seed in range(200):
        made = case(seed)
        written = json.loads(json.dumps(explanation_to_dict(explain(made.spec, made.deployment, made.user))))
        ruling = resolve(made.spec, made.deployment, made.user)
        assert replay(written) == {name: decision.value for name, decision in ruling.decisions.items()}
        assert differences(written, made.spec, made.deployment, made.user) == ()


def test_a_record_that_was_tampered_with_does_not_replay() -> None:
    written: Any = explanation_to_dict(explain(SPEC, WARD))
    changes: list[dict[str, object]] = [{"value": "off"}, {"decided_by": "user"}, {"trace": []}]
    for change in changes:
        forged = deepcopy(written)
        forged["decisions"]["dosage"] |= change
        with pytest.raises(InputError, match="`dosage`"):
            replay(forged)
    pieces: list[object] = [None, [], {}, {"format": "soulwright/ruling/1"}, {**written, "decisions": {"a": 1}}]
    for broken in pieces:
        with pytest.raises(InputError):
            replay(broken)


def test_a_forgery_that_replays_is_found_by_making_the_ruling_again() -> None:
    forged: Any = deepcopy(explanation_to_dict(explain(SPEC, WARD)))
    forged["decisions"]["humour"] = {**forged["decisions"]["dosage"], "clause": "defaults.humour"}
    assert replay(forged)["humour"] == "on"
    assert differences(forged, SPEC, WARD, NOBODY)


def test_a_record_is_pinned_to_document_deployment_user_and_resolver() -> None:
    written = explanation_to_dict(explain(SPEC, WARD))
    other = compile_spec(without(SPEC.text, "limits.weapons"))
    assert any("another spec" in line for line in differences(written, other, WARD, NOBODY))
    assert any("another deployment" in line for line in differences(written, SPEC, Deployment(), NOBODY))
    wish = UserAdjustments(settings={"humour": "off"})
    assert any("another user" in line for line in differences(written, SPEC, WARD, wish))
    older: Any = {**written, "pins": {**pins_of(SPEC, WARD, NOBODY), "resolver": "0"}}
    assert any("another resolver" in line for line in differences(older, SPEC, WARD, NOBODY))


def test_every_part_of_a_deployment_counts_in_its_hash() -> None:
    paper = Paper(name="medical_setting", sort=PaperSort.ATTESTATION, by="A")
    changed = [
        WARD,
        replace(WARD, operator="B"),
        replace(WARD, papers=(paper,)),
        replace(WARD, papers=(replace(paper, until=TODAY),)),
        replace(WARD, implied={"humour": "off"}),
        replace(WARD, grants=frozenset({"humour"})),
        replace(WARD, locked=frozenset({"humour"})),
        replace(WARD, layers={"provider": {"humour": "off"}}),
        replace(WARD, persona=Persona(name="Maro")),
        replace(WARD, scope=("shoes",)),
        replace(WARD, system_prompt="x"),
    ]
    assert len({hash_of(deployment) for deployment in changed}) == len(changed)


def test_a_deployment_written_as_yaml_is_read_back_equal() -> None:
    paper = Paper(name="medical_setting", sort=PaperSort.ATTESTATION, version="2", by="Dr. A: B", on=TODAY, until=TODAY)
    deployment = Deployment(
        operator="Ward: 7 # not a comment",
        attestations=frozenset({"medical_setting"}),
        settings={"dosage": "on", "humour": "off"},
        implied={"brevity": "on"},
        grants=frozenset({"profanity"}),
        locked=frozenset({"closing"}),
        papers=(paper,),
        persona=Persona(name="Maro", description="null"),
        scope=("shoes", "on"),
        system_prompt="settings:\n  dosage: on\n---\n'\"",
    )
    assert read_deployment(deployment_to_yaml(deployment), today=TODAY, spec=SPEC) == deployment


def test_on_stays_on_and_no_word_becomes_a_truth_value() -> None:
    read = read_deployment("operator: yes\nsettings: {humour: off, brevity: on}", today=TODAY, spec=SPEC)
    assert (read.operator, dict(read.settings)) == ("yes", {"humour": "off", "brevity": "on"})
    assert read_user("settings: {humour: off}", spec=SPEC).settings == {"humour": "off"}


def test_a_paper_counts_from_its_first_day_to_its_last() -> None:
    text = "operator: A\nattestations: [{name: medical_setting, on: 2026-11-01, until: 2026-11-30}, ward]"
    deployment = read_deployment(text, today=TODAY)
    day = datetime.date
    assert as_of(deployment, day(2026, 11, 30)).attestations == {"medical_setting", "ward"}
    assert as_of(deployment, day(2026, 12, 1)).attestations == {"ward"}
    assert as_of(deployment, day(2026, 10, 31)).attestations == {"ward"}


def test_the_schema_for_editors_knows_the_behaviours_and_values_of_the_document() -> None:
    schema: Any = deployment_schema(SPEC)
    assert schema["properties"]["settings"]["properties"]["dosage"]["enum"] == ["off", "on"]
    assert schema["properties"]["settings"]["additionalProperties"] is False
    assert "weapons" not in schema["properties"]["settings"]["properties"]
    assert set(schema["required"]) == {"operator"}
    assert schema["additionalProperties"] is False
    assert "properties" not in deployment_schema()["properties"]["settings"]


def test_the_page_shows_every_line_and_loads_nothing() -> None:
    hostile = Deployment(
        operator="<script>alert(1)</script>", settings={"dosage": "on", "weapons": "<b>"}, persona=Persona(name="`<i>")
    )
    page = render_explanation(explain(SPEC, hostile))
    assert "<script" not in page
    assert "<b>&lt;b" not in page
    assert not re.search(r"(?:src|href)=", page)
    assert "default-src 'none'" in page
    for name in switches(SPEC):
        assert f'id="{name}"' in page


def relation(before: Side, after: Side, name: str) -> Relation:
    return next(item.relation for item in compare(before, after).compared if item.behaviour == name)


def side(deployment: Deployment, spec: Spec = SPEC) -> Side:
    return Side(spec=spec, deployment=deployment)


def test_two_deployments_are_compared_by_what_their_users_can_have() -> None:
    plain, locked = side(Deployment()), side(Deployment(locked=frozenset({"profanity"})))
    assert relation(plain, locked, "profanity") is Relation.LESS_PERMISSIVE
    assert relation(locked, plain, "profanity") is Relation.MORE_PERMISSIVE
    assert relation(plain, locked, "humour") is Relation.EQUIVALENT
    lent = side(replace(WARD, settings={}, grants=frozenset({"dosage"})))
    assert relation(side(WARD), lent, "dosage") is Relation.INCOMPARABLE


def test_a_new_document_is_compared_clause_by_clause() -> None:
    loosened = compile_spec(with_attribute(SPEC.text, "defaults.profanity", "default", "on"))
    assert relation(side(WARD), side(WARD, loosened), "profanity") is Relation.MORE_PERMISSIVE
    shorn = compile_spec(without(SPEC.text, "limits.weapons"))
    assert relation(side(WARD), side(WARD, shorn), "weapons") is Relation.MORE_PERMISSIVE
    assert relation(side(WARD, shorn), side(WARD), "weapons") is Relation.LESS_PERMISSIVE


def test_every_difference_comes_with_a_request_that_shows_it() -> None:
    for seed in range(300):
        one, two = case(seed), case(seed + 1)
        before, after = side(one.deployment, one.spec), side(two.deployment, one.spec)
        for item in compare(before, after).compared:
            if item.relation is Relation.EQUIVALENT:
                assert item.witness is None
                continue
            assert item.witness is not None
            answers = [
                resolve(one.spec, which.deployment, item.witness.user).value(item.behaviour)
                for which in (before, after)
            ]
            assert answers == [item.witness.before, item.witness.after]
            assert answers[0] != answers[1]


def test_comparing_the_other_way_round_turns_the_answer_round() -> None:
    turned = {
        Relation.EQUIVALENT: Relation.EQUIVALENT,
        Relation.INCOMPARABLE: Relation.INCOMPARABLE,
        Relation.MORE_PERMISSIVE: Relation.LESS_PERMISSIVE,
        Relation.LESS_PERMISSIVE: Relation.MORE_PERMISSIVE,
    }
    for seed in range(300):
        one, two = case(seed), case(seed + 1)
        before, after = side(one.deployment, one.spec), side(two.deployment, one.spec)
        there, back = compare(before, after), compare(after, before)
        assert [turned[item.relation] for item in there.compared] == [item.relation for item in back.compared]
        assert json.dumps(comparison_to_dict(there))


@pytest.mark.parametrize("path", sorted((ROOT / "deployments").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_sample_is_read_back_equal_and_fits_the_schema(path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: the samples were not validated")
    deployment = read_deployment(path.read_text(encoding="utf-8"), today=TODAY, spec=SPEC)
    assert read_deployment(deployment_to_yaml(deployment), today=TODAY, spec=SPEC) == deployment
    narrow: Any = deployment_schema(SPEC)
    jsonschema.Draft202012Validator.check_schema(narrow)
    if path.stem == "hostile_operator":  # it names hard limits, which the schema of the document does not offer
        assert list(jsonschema.Draft202012Validator(narrow).iter_errors(deployment_to_dict(deployment)))
        narrow = deployment_schema()
    jsonschema.validate(deployment_to_dict(deployment), narrow)
