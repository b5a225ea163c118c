"""OSCAL: the catalog of a document and the profile of a deployment load in compliance-trestle and resolve there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from trestle.core.profile_resolver import ProfileResolver
from trestle.oscal.catalog import Catalog
from trestle.oscal.profile import Profile

from soulwright.policy import Deployment, UserAdjustments, oscal_profile, resolve
from soulwright.spec import Kind, Spec, compile_spec, load_spec
from soulwright.spec.exports import oscal_catalog

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"
MODIFIED = "2026-11-01T12:00:00+00:00"
CATALOG = "trestle://catalogs/spec/catalog.json"
WARD = Deployment(
    operator="Ward 7",
    attestations=frozenset({"medical_setting"}),
    settings={"dosage": "on", "humour": "off", "profanity": "loud"},
)


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(ROOT / "specs" / "soulwright.md")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder as `trestle init` makes it."""
    for name in (".trestle", "catalogs/spec", "profiles/ward"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def put(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def loaded(path: Path) -> Any:
    """The catalog as trestle reads it: its models are too wide for a type checker."""
    catalog = Catalog.oscal_read(path)
    assert catalog is not None
    return catalog


def controls_of(catalog: dict[str, object]) -> list[dict[str, Any]]:
    inner: Any = catalog["catalog"]
    return [control for group in inner["groups"] for control in group["controls"]]


def props(thing: dict[str, Any]) -> dict[str, str]:
    return {prop["name"]: prop["value"] for prop in thing["props"]}


def test_trestle_loads_the_catalog_with_a_control_for_each_clause(spec: Spec, workspace: Path) -> None:
    path = put(workspace / "catalogs/spec/catalog.json", oscal_catalog(spec, modified=MODIFIED))
    catalog = loaded(path)
    titles = [group.title for group in catalog.groups or []]
    assert "Hard limits" in titles
    assert sum(len(group.controls or []) for group in catalog.groups or []) == len(spec.clauses)


@pytest.mark.parametrize("release", ["2025-02-12", "2025-10-27"])
def test_trestle_loads_the_catalog_of_a_published_document(release: str, workspace: Path) -> None:
    source = CORPUS / release / "model_spec.md"
    if not source.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    published = load_spec(source)
    path = put(workspace / "catalogs/spec/catalog.json", oscal_catalog(published, modified=MODIFIED))
    catalog = loaded(path)
    assert sum(len(group.controls or []) for group in catalog.groups or []) == len(published.clauses)


def test_trestle_finds_both_files_valid(spec: Spec, workspace: Path) -> None:
    put(workspace / "catalogs/spec/catalog.json", oscal_catalog(spec, modified=MODIFIED))
    put(workspace / "profiles/ward/profile.json", oscal_profile(spec, WARD, modified=MODIFIED, catalog=CATALOG))
    command = [sys.executable, "-m", "trestle", "validate", "--all", "--trestle-root", str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "INVALID" not in done.stdout.replace("VALID:", "")


def test_the_profile_resolves_in_trestle_to_what_was_ruled(spec: Spec, workspace: Path) -> None:
    put(workspace / "catalogs/spec/catalog.json", oscal_catalog(spec, modified=MODIFIED))
    path = put(workspace / "profiles/ward/profile.json", oscal_profile(spec, WARD, modified=MODIFIED, catalog=CATALOG))
    assert Profile.oscal_read(path) is not None
    resolved: Any = ProfileResolver.get_resolved_profile_catalog(workspace, str(path))
    values = {
        parameter.id.removesuffix("_value"): parameter.values
        for group in resolved.groups or []
        for control in group.controls or []
        for parameter in control.params or []
    }
    ruling = resolve(spec, WARD, UserAdjustments())
    defaults = {clause.id: clause for clause in spec.clauses if clause.kind is Kind.DEFAULT}
    assert values == {name: [ruling.value(clause.about or name)] for name, clause in defaults.items()}
    assert values["defaults.dosage"] == ["on"]
    assert values["defaults.profanity"] == ["off"]


def test_the_same_document_always_gives_the_same_files(spec: Spec) -> None:
    assert oscal_catalog(spec, modified=MODIFIED) == oscal_catalog(spec, modified=MODIFIED)
    made = [oscal_profile(spec, WARD, modified=MODIFIED, catalog=CATALOG) for _ in range(2)]
    assert made[0] == made[1]
    other: Any = oscal_profile(spec, Deployment(operator="Other"), modified=MODIFIED, catalog=CATALOG)["profile"]
    mine: Any = made[0]["profile"]
    assert other["uuid"] != mine["uuid"]


def test_a_control_says_its_kind_authority_polarity_hash_and_who_may_adjust_it(spec: Spec) -> None:
    [dosage] = [one for one in controls_of(oscal_catalog(spec, modified=MODIFIED)) if one["id"] == "defaults.dosage"]
    clause = spec.clause("defaults.dosage")
    assert dosage["class"] == "default"
    [parameter] = dosage["params"]
    assert parameter["values"] == ["off"]
    assert [prop["value"] for prop in parameter["props"]] == ["off", "on"]
    assert {
        "label": clause.id,
        "authority": "provider",
        "polarity": "should_not",
        "hash": clause.hash,
        "adjustable-by": "operator",
        "requires": "medical_setting",
        "about": "dosage",
    }.items() <= props(dosage).items()
    assert dosage["parts"][0]["prose"] == clause.text
    assert [part["prose"] for part in dosage["parts"] if part["name"] == "guidance"] == list(clause.reasons)


def test_who_decided_a_value_stands_beside_it(spec: Spec) -> None:
    profile: Any = oscal_profile(spec, WARD, modified=MODIFIED, catalog=CATALOG)["profile"]
    by = {row["param-id"]: props(row)["decided-by"] for row in profile["modify"]["set-parameters"]}
    assert by["defaults.dosage_value"] == "operator"
    assert by["defaults.profanity_value"] == "provider"


def test_ids_that_oscal_does_not_know_are_replaced_without_two_becoming_one() -> None:
    written = "".join(f"You must go {name}.\n{{#{name} kind=rule}}\n\n" for name in ("a/b", "a_b", "1a", "_1a"))
    spec = compile_spec(f"# A {{#a authority=root}}\n\n{written}")
    made = oscal_catalog(spec, modified=MODIFIED)
    controls = controls_of(made)
    assert [props(control)["label"] for control in controls] == [clause.id for clause in spec.clauses]
    assert len({control["id"] for control in controls}) == len(spec.clauses)
    Catalog.model_validate(made["catalog"])


def test_a_clause_that_a_deployment_lifts_says_so() -> None:
    text = (
        "---\nspec: x\nversion: 1\nlevels: [provider, operator, user]\n---\n# A {#a authority=provider}\n\n"
        "The assistant must not swear.\n{#a.swear kind=protection about=swearing unless=theatre}\n"
    )
    stage = Deployment(operator="Stage", attestations=frozenset({"theatre"}))
    profile: Any = oscal_profile(compile_spec(text), stage, modified=MODIFIED, catalog=CATALOG)["profile"]
    [alter] = profile["modify"]["alters"]
    assert (alter["control-id"], props(alter["adds"][0])["status"]) == ("a.swear", "lifted")
    plain: Any = oscal_profile(compile_spec(text), Deployment(), modified=MODIFIED, catalog=CATALOG)["profile"]
    assert "modify" not in plain
    Profile.model_validate(plain)
