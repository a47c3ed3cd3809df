import json


def test_the_inventory_lists_personal_data_with_their_purpose(run):
    outcome = run("privacy", "inventory")
    assert outcome.status == 0
    assert "call_record" in outcome.out
    assert "legal.call-log" in outcome.out
    assert "reg_id" not in outcome.out


def test_the_inventory_tells_on_request_what_is_not_personal_and_why(run):
    out = run("privacy", "inventory", "--all").out
    assert "reg_id" in out
    assert "a small number" in out


def test_a_program_gets_every_datum_of_tables_and_memory(run):
    entries = json.loads(run("privacy", "inventory", "--json").out)
    places = {entry["place"] for entry in entries}
    assert {"account", "binding", "call_record", "registration_session", "guard.bans"} <= places
    for entry in entries:
        assert entry.keys() == {"place", "field", "not_personal"} or entry["keep"]
