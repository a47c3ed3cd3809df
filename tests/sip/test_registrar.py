import pytest

from sonnette.base.errors import PeerError
from sonnette.sip import names
from sonnette.sip.flow import Flow, Transport
from sonnette.sip.headers.address import parse_address
from sonnette.sip.registrar import (
    MOST_STORED,
    Binding,
    Policy,
    Record,
    apply,
    contact_fields,
    gruu,
)
from tests.sip.messages import SERVER, UDP, make_request

POLICY = Policy(min_expires=60, max_expires=3600, default_expires=600, max_bindings=3)
PHONE = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"
ELSEWHERE = Flow(Transport.UDP, SERVER, ("203.0.113.5", 5060))


def register(record, contact, now=1000.0, *, flow=UDP, policy=POLICY, **more):
    more.setdefault("cseq", int(now))
    request = make_request("REGISTER", "sip:example.org", Contact=contact, **more)
    return apply(record, request, now, policy, flow)


def uris(record):
    return [binding.uri for binding in record.bindings.values()]


def refused(record, contact, **more):
    before = list(record.bindings.values())
    with pytest.raises(PeerError) as caught:
        register(record, contact, **more)
    assert list(record.bindings.values()) == before
    return caught.value.status


@pytest.fixture
def record():
    return Record()


@pytest.mark.rfc("3261", "10.3")
def test_a_contact_is_bound(record):
    change = register(record, "<sip:a@198.51.100.7;x=1>;q=0.5;+own=1", User_Agent="Phone/1")
    (binding,) = change.added
    assert uris(record) == ["sip:a@198.51.100.7;x=1"]
    assert binding.contact == "<sip:a@198.51.100.7;x=1>;q=0.5;+own=1"
    assert (binding.q, binding.user_agent, binding.flow) == (0.5, "Phone/1", UDP)
    assert (binding.expires_at, binding.message_expires_at) == (1600, 1600)
    assert change.is_durable


@pytest.mark.rfc("3261", "10.3")
def test_without_contact_nothing_changes(record):
    register(record, "<sip:a@x>")
    change = register(record, None)
    assert not change.is_durable
    assert uris(record) == ["sip:a@x"]


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize(
    ("contact", "header", "seconds"),
    [
        ("<sip:a@x>", None, 600),
        ("<sip:a@x>", "120", 120),
        ("<sip:a@x>;expires=90", "120", 90),
        ("<sip:a@x>;expires=nonsense", "120", 120),
        ("<sip:a@x>;expires=99999", None, 3600),
        ("<sip:a@x>;expires=99999999999999999999", None, 3600),
        ("<sip:a@x>", "4294967295", 3600),
    ],
)
def test_the_expiry_is_the_contacts_or_the_headers_or_ours(record, contact, header, seconds):
    register(record, contact, Expires=header)
    (binding,) = record.bindings.values()
    assert binding.expires_at == 1000 + seconds


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize("more", [{"contact": "<sip:a@x>;expires=59"}, {"Expires": "1"}])
def test_an_expiry_below_the_minimum_is_423(record, more):
    assert refused(record, **{"contact": "<sip:a@x>", **more}) == 423


@pytest.mark.rfc("3261", "10.2.2")
@pytest.mark.parametrize(
    ("contact", "header"), [("<sip:a@x>;expires=0", "600"), ("<sip:a@x>", "0")]
)
def test_an_expiry_of_zero_unbinds(record, contact, header):
    register(record, "<sip:a@x>")
    change = register(record, contact, 1001.0, Expires=header)
    assert [binding.uri for binding in change.removed] == ["sip:a@x"]
    assert uris(record) == []
    assert not register(record, contact, 1002.0, Expires=header).is_durable


@pytest.mark.rfc("3261", "10.2.2")
def test_a_star_unbinds_everything(record):
    register(record, "<sip:a@x>, <sip:b@x>")
    change = register(record, "*", 1001.0, Expires="0")
    assert len(change.removed) == 2
    assert uris(record) == []


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize(
    ("contact", "expires"),
    [
        ("*", "600"),
        ("*", None),
        (["*", "<sip:a@x>"], "0"),
        ("*, <sip:a@x>", "0"),
        (["*", "*"], "0"),
    ],
)
def test_a_star_stands_alone_and_with_expires_zero(record, contact, expires):
    register(record, "<sip:a@x>")
    assert refused(record, contact, now=1001.0, Expires=expires) == 400


@pytest.mark.rfc("3261", "10.3")
def test_a_refresh_moves_the_expiry_and_is_not_durable(record):
    register(record, "<sip:a@x>")
    change = register(record, "<sip:a@x>", 1500.0)
    (binding,) = record.bindings.values()
    assert change.refreshed == [binding]
    assert not change.is_durable
    assert (binding.expires_at, binding.created_at, binding.updated_at) == (2100, 1000, 1500)


@pytest.mark.rfc("3261", "10.3")
def test_contacts_are_compared_as_uris(record):
    register(record, "<sip:%61@X;x=1>")
    register(record, "<sip:a@x>", 1001.0)
    assert uris(record) == ["sip:a@x"]


@pytest.mark.rfc("4475", "3.3.13")
def test_a_uri_parameter_without_angles_is_the_headers(record):
    register(record, "sip:a@x;unknownparam")
    assert uris(record) == ["sip:a@x"]
    register(record, "<sip:b@x;unknownparam>")
    assert uris(record) == ["sip:a@x", "sip:b@x;unknownparam"]


@pytest.mark.rfc("4475", "3.1.1.4")
def test_an_escaped_nul_cuts_nothing_off(record):
    register(record, "<sip:%00@x>, <sip:%00%00@x>")
    assert uris(record) == ["sip:%00@x", "sip:%00%00@x"]


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize("late", [1000, 999])
def test_a_register_out_of_order_changes_nothing(record, late):
    register(record, "<sip:a@x>, <sip:b@x>")
    assert refused(record, "<sip:c@x>, <sip:a@x>;expires=0", cseq=late) == 400
    assert refused(record, "*", cseq=late, Expires="0") == 400


@pytest.mark.rfc("3261", "10.3")
def test_another_call_id_has_an_order_of_its_own(record):
    register(record, "<sip:a@x>")
    register(record, "<sip:a@x>;expires=0", cseq=1, Call_ID="after-a-restart")
    assert uris(record) == []


@pytest.mark.rfc("5626", "6")
def test_an_instance_has_one_binding_whatever_its_address(record):
    register(record, f'<sip:a@x>;+sip.instance="{PHONE}"')
    change = register(record, f'<sip:a@y>;+sip.instance="{PHONE}"', 1001.0, flow=ELSEWHERE)
    (binding,) = record.bindings.values()
    assert (binding.uri, binding.instance) == ("sip:a@y", PHONE)
    assert change.added == change.moved == [binding]
    assert binding.created_at == 1000


@pytest.mark.rfc("5626", "6")
def test_each_flow_of_an_instance_is_a_binding(record):
    for number in (1, 2, 1):
        register(
            record,
            f'<sip:a@x>;+sip.instance="{PHONE}";reg-id={number}',
            1000.0 + number,
            Call_ID=f"{len(record.bindings)}",
        )
    assert sorted(binding.reg_id for binding in record.bindings.values()) == [1, 2]


@pytest.mark.rfc("5626", "6")
def test_a_reg_id_without_instance_does_not_count(record):
    register(record, "<sip:a@x>;reg-id=1")
    (binding,) = record.bindings.values()
    assert binding.reg_id is None


def test_an_instance_that_moves_may_unbind_its_old_contact_in_one_request(record):
    register(record, f'<sip:a@x>;+sip.instance="{PHONE}"')
    contacts = [
        f'<sip:a@x>;expires=0;+sip.instance="{PHONE}"',
        f'<sip:a@y>;+sip.instance="{PHONE}"',
    ]
    register(record, contacts, 1001.0)
    assert uris(record) == ["sip:a@y"]


def test_of_two_that_are_the_same_the_last_counts(record):
    change = register(record, "<sip:a@x>;q=0.1, <sip:a@x>;q=0.2")
    (binding,) = record.bindings.values()
    assert change.added == [binding]
    assert binding.q == 0.2


def test_a_device_that_moves_to_another_address_is_told(record):
    register(record, "<sip:a@x>")
    change = register(record, "<sip:a@x>", 1001.0, flow=ELSEWHERE)
    assert change.moved == change.refreshed


def test_the_oldest_binding_makes_room(record):
    for n in range(4):
        register(record, f"<sip:{n}@x>", 1000.0 + n, Call_ID=str(n))
    assert uris(record) == ["sip:1@x", "sip:2@x", "sip:3@x"]


def test_an_expired_binding_makes_room_before_an_older_one(record):
    register(record, "<sip:long@x>;expires=3600", 1000.0)
    register(record, "<sip:short@x>;expires=60", 1001.0)
    register(record, "<sip:third@x>", 1002.0)
    change = register(record, "<sip:new@x>", 1500.0)
    assert [binding.uri for binding in change.removed] == ["sip:short@x"]


def test_more_contacts_than_bindings_are_403(record):
    assert refused(record, ", ".join(f"<sip:{n}@x>" for n in range(4))) == 403


@pytest.mark.rfc("8599", "4.1")
def test_an_application_that_was_installed_anew_replaces_itself(record):
    push = ";pn-provider=fcm;pn-param=app;pn-prid=token"
    register(record, f'<sip:a@x{push}>;+sip.instance="<urn:uuid:old>"')
    register(record, f'<sip:a@x{push}>;+sip.instance="<urn:uuid:new>"', 1001.0)
    assert [binding.instance for binding in record.bindings.values()] == ["<urn:uuid:new>"]


@pytest.mark.rfc("3327", "5.3")
def test_the_path_is_kept(record):
    register(record, "<sip:a@x>", Path=["<sip:p1;lr>, <sip:p2;lr>", "<sip:p3;lr>"])
    (binding,) = record.bindings.values()
    assert binding.path == ("<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>")


@pytest.mark.parametrize(
    ("contact", "seconds"),
    [
        ("<sip:a@x>;message-expires=100000", 100_000),
        ("<sip:a@x;message-expires=100000>", 100_000),
        ("<sip:a@x>;message-expires=1", 600),
        ("<sip:a@x>;message-expires=99999999999", 2_419_200),
        ("<sip:a@x>;message-expires=soon", 600),
    ],
)
def test_messages_may_wait_for_longer_than_calls(record, contact, seconds):
    register(record, contact)
    (binding,) = record.bindings.values()
    assert binding.message_expires_at == 1000 + seconds
    assert binding.expires_at == 1600


@pytest.mark.parametrize(
    ("contact", "q"), [("<sip:a@x>", 1), ("<sip:a@x>;q=0.3", 0.3), ("<sip:a@x>;q=7", 1)]
)
def test_a_preference_lies_between_zero_and_one(record, contact, q):
    register(record, contact)
    (binding,) = record.bindings.values()
    assert binding.q == q


@pytest.mark.parametrize(
    "contact",
    ["<sip:a@x>;q=high", "bob", "<sip:a@x", "<sip:a@x>;p=" + "a" * MOST_STORED, "<sip:>"],
)
def test_a_contact_that_cannot_be_used_is_400(record, contact):
    assert refused(record, contact) == 400


def test_one_bad_contact_spoils_the_request(record):
    register(record, "<sip:a@x>")
    assert refused(record, "<sip:a@x>;expires=0, <sip:b@x>;q=high", now=1001.0) == 400


def test_a_user_agent_is_kept_in_short(record):
    register(record, "<sip:a@x>", User_Agent="x" * 1000)
    (binding,) = record.bindings.values()
    assert len(binding.user_agent) == 255


@pytest.mark.rfc("5627", "5.1")
def test_a_gruu_names_the_instance_in_the_address():
    uri = parse_address(f"<{gruu('sip:alice@example.org', PHONE)}>").uri
    assert uri.parameter("gr") == PHONE.strip("<>")
    assert f"{uri}" == f"sip:alice@example.org;gr={PHONE.strip('<>')}"


@pytest.mark.parametrize("instance", ['a"b', "a;b", "a b", "a%b", "a>b,c", "\udcff", "é"])
def test_an_odd_instance_is_escaped_in_its_gruu(instance):
    uri = parse_address(f"<{gruu('sip:alice@example.org', instance)}>").uri
    assert uri.parameter("gr") == instance


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.rfc("5627", "5.3")
def test_the_answer_lists_what_is_in_force(record):
    register(record, f'<sip:a@x>;+sip.instance="{PHONE}";expires=60')
    register(record, "<sip:b@x>;q=0.5", 1001.0)
    fields = contact_fields(record, "sip:alice@example.org", 1010.0, with_gruu=True)
    values = [value for header, _, value in fields if header == names.CONTACT]
    first, second = (parse_address(value) for value in values)
    assert (str(first.uri), first.parameters["expires"]) == ("sip:a@x", "50")
    assert first.parameter("pub-gruu") == gruu("sip:alice@example.org", PHONE)
    assert (str(second.uri), second.parameters["expires"]) == ("sip:b@x", "591")
    assert second.parameter("pub-gruu") is None
    later = contact_fields(record, "sip:alice@example.org", 1060.0, with_gruu=False)
    assert [value for _, _, value in later] == ["<sip:b@x>;q=0.5;expires=541"]


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize("flow", [UDP, ELSEWHERE])
@pytest.mark.parametrize("parameters", ["", ";q=0.5", f';+sip.instance="{PHONE}"', ";+own"])
def test_a_refresh_by_the_very_same_contact_does_what_any_other_does(parameters, flow):
    bindings, changes = [], []
    for blank in ("", " "):  # a blank more is another spelling of the same Contact
        record = Record()
        register(record, f"<sip:a@x>{parameters}", Expires="600")
        register(record, "<sip:b@x>", 1001.0, Expires="600")
        contact = f"<sip:a@x>{blank}{parameters}{blank}"
        changes.append(
            register(
                record, contact, 1500.0, flow=flow, Expires="700", User_Agent="New", Call_ID="2"
            )
        )
        *_, binding = record.bindings.values()
        bindings.append([getattr(binding, slot) for slot in Binding.__slots__])
    assert bindings[0] == bindings[1]
    for name in ("added", "refreshed", "removed", "moved"):
        assert len(getattr(changes[0], name)) == len(getattr(changes[1], name)), name


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.parametrize(
    ("more", "code"), [({"Expires": "59"}, 423), ({"Expires": "600", "cseq": 1000}, 400)]
)
def test_a_refresh_by_the_very_same_contact_is_refused_alike(record, more, code):
    register(record, "<sip:a@x>", Expires="600")
    assert refused(record, "<sip:a@x>", **{"cseq": 2000, **more}) == code
    (binding,) = record.bindings.values()
    assert binding.expires_at == 1600
