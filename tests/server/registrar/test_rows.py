import pytest

from sonnette.server.registrar.rows import (
    TABLE,
    BindingRow,
    BindingStatements,
    forget_expired,
    load_bindings,
)

NOW = 1_800_000_000.0
DESK = BindingRow(
    domain="example.test",
    username="alice",
    key="<urn:uuid:desk>;reg-id=1",
    contact=b"<sip:alice@192.0.2.1:5060>",
    path=b"",
    instance="<urn:uuid:desk>",
    reg_id=1,
    q=1.0,
    call_id="a@desk",
    cseq=4_294_967_295,
    expires_at=NOW + 60,
    message_expires_at=0.0,
    transport="udp",
    source_ip="192.0.2.1",
    source_port=5060,
    user_agent="Desk/1.0",
    parameters=b"pn-provider=apns",
    session=(1 << 63) - 1,
    created_at=NOW,
    updated_at=NOW,
)
POCKET = DESK._replace(key="pocket")

pytestmark = pytest.mark.req("D-12")


@pytest.fixture
def keep(database):
    """Writes rows with statements given as (name, row) and returns what a restart reads."""

    def keep(*changes, at=NOW):
        writer = database.start_writer(lambda call, *args: call(*args), print)
        statements = BindingStatements(writer.statements)
        for name, row in changes:
            writer.put(getattr(statements, name), row)
        assert writer.close() == 0
        assert writer.rejected == 0
        with database.read() as session:
            return sorted(load_bindings(session, at))

    return keep


def test_a_row_has_the_tables_columns_in_their_order():
    assert BindingRow._fields == tuple(TABLE.columns.keys())


def test_a_binding_survives_as_it_was(keep):
    assert keep(("save", DESK), ("save", POCKET)) == sorted([DESK, POCKET])


def test_a_refresh_replaces_all_but_the_date_of_the_first(keep):
    later = DESK._replace(cseq=5, expires_at=NOW + 90, created_at=NOW + 9, updated_at=NOW + 9)
    assert keep(("save", DESK), ("save", later)) == [later._replace(created_at=NOW)]


def test_one_device_goes_alone_and_all_go_together(keep):
    assert keep(("save", DESK), ("save", POCKET), ("remove", DESK[:3])) == [POCKET]
    assert keep(("remove_all", DESK[:2])) == []


def test_an_expired_binding_is_not_read_again(keep):
    assert keep(("save", DESK), at=NOW + 60) == []


def test_a_device_that_still_takes_messages_is(keep):
    row = DESK._replace(message_expires_at=NOW + 3600)
    assert keep(("save", row), at=NOW + 60) == [row]


def test_what_is_dead_is_forgotten(database, keep):
    keep(("save", DESK), ("save", POCKET._replace(expires_at=NOW)))
    with database.write() as session:
        assert forget_expired(session, NOW) == 1
    assert keep() == [DESK]
