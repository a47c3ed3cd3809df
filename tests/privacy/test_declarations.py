"""The gate: nothing of the product is stored undeclared, from the first table on."""

import importlib
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table

import sonnette
from sonnette.apps import schema
from sonnette.base.errors import LocalError
from sonnette.privacy.declare import (
    by_account,
    by_uri,
    no_subject,
    not_personal,
    personal,
    subjects,
)
from sonnette.privacy.registry import findings, inventory
from sonnette.privacy.vocabulary import Basis, Category, Erasure, Export, Keep, Until

FACTS = {
    "category": Category.NAME,
    "purpose": "service.account",
    "basis": Basis.CONSENT,
    "keep": Keep(Until.ACCOUNT_CLOSED),
    "export": Export.PROVIDED,
    "erasure": Erasure.DELETE,
}


def model_modules():
    root = Path(sonnette.__file__).parent
    for path in root.rglob("models.py"):
        yield ".".join(("sonnette", *path.relative_to(root).with_suffix("").parts))


@pytest.mark.req("D-1")
@pytest.mark.req("D-2")
@pytest.mark.req("D-4")
@pytest.mark.req("D-12")
def test_every_column_of_the_product_is_declared():
    assert findings(schema.METADATA) == []


def test_every_model_of_the_product_is_in_the_schema():
    known = {module.__name__ for module in schema.MODELS}
    assert set(model_modules()) == known


def test_no_table_hides_in_a_module_of_another_name():
    for name in model_modules():
        importlib.import_module(name)
    tables = {
        mapper.local_table.name: mapper.class_.__module__ for mapper in schema.Base.registry.mappers
    }
    assert set(tables) == set(schema.METADATA.tables)
    assert {module for module in tables.values() if not module.endswith(".models")} == set()


def table(*columns, info):
    return Table("t", MetaData(), *columns, info=info).metadata


def test_an_undeclared_column_is_found():
    metadata = table(Column("a", String), info=no_subject("nobody"))
    assert findings(metadata) == [
        "t.a: expected info=personal(...) or info=not_personal(reason), got no declaration"
    ]


def test_a_table_without_a_path_to_its_subject_is_found():
    column = Column("a", String, info=personal(**FACTS))
    assert findings(table(column, info={})) == [
        "t: expected either subjects(...) or no_subject(reason) in its info",
        "t: holds personal data, but no path leads to their subject",
    ]


def test_personal_data_of_nobody_are_found():
    column = Column("a", String, info=personal(**FACTS))
    assert findings(table(column, info=no_subject("nobody"))) == [
        "t: holds personal data, but no path leads to their subject"
    ]


def test_a_path_through_a_column_that_is_not_there_is_found():
    column = Column("a", String, info=personal(**FACTS))
    assert findings(table(column, info=subjects(by_account("b")))) == [
        "t: the subject's path names 'b', which is no column of it"
    ]


@pytest.mark.parametrize(
    ("keep", "finding"),
    [
        (Keep(Until.WRITTEN, 365, "at"), "t.a: its clock 'at' is no column of the table"),
        (Keep(Until.WRITTEN, 365), "t.a: a clock column and Until.WRITTEN go together"),
        (Keep(Until.ACCOUNT_CLOSED, 0, "a"), "t.a: a clock column and Until.WRITTEN go together"),
    ],
)
def test_a_retention_that_cannot_be_counted_is_found(keep, finding):
    column = Column("a", String, info=personal(**FACTS | {"keep": keep}))
    assert findings(table(column, info=subjects(by_uri("a")))) == [finding]


def test_a_purpose_outside_the_vocabulary_is_refused():
    with pytest.raises(LocalError, match=r"privacy\.purpose-unknown"):
        personal(**FACTS | {"purpose": "curiosity"})


def test_a_column_is_not_personal_for_a_reason():
    with pytest.raises(LocalError, match=r"privacy\.reason-missing"):
        not_personal(" ")


def test_the_inventory_has_a_line_for_every_column():
    entries = inventory(schema.METADATA)
    columns = sum(len(found.columns) for found in schema.METADATA.tables.values())
    assert len(entries) == columns


def test_a_line_of_the_inventory_answers_every_question():
    line = next(
        entry.facts()
        for entry in inventory(schema.METADATA)
        if (entry.place, entry.field) == ("call_record", "caller")
    )
    assert line == {
        "place": "call_record",
        "field": "caller",
        "category": "SIP address",
        "purpose": "legal.call-log",
        "purpose_text": "legal duty: answering authorities; anonymous statistics",
        "basis": "legal duty",
        "keep": "365 days after the moment in the row's clock column (started_at)",
        "export": "in the export: the person's activity",
        "erasure": "stays where it is, for legal duty only, until its time has passed",
    }


@pytest.mark.req("P-5")
def test_all_that_is_kept_of_a_members_password_is_its_digest_hashes():
    credentials = [
        entry.field
        for entry in inventory(schema.METADATA)
        if entry.place == "account" and entry.facts().get("category") == "credential"
    ]
    assert credentials == ["ha1_md5", "ha1_sha256"]
    assert not any("password" in entry.field for entry in inventory(schema.METADATA))
