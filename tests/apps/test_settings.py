import pytest

from sonnette.apps.keys import known_keys, nearest
from sonnette.apps.settings import Settings, load
from sonnette.base.errors import LocalError


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path):
    def write(text):
        file = tmp_path / "sonnette.toml"
        file.write_text(text)
        return file

    return write


def test_the_defaults_are_those_of_the_contract(tmp_path):
    settings = load()
    shown = settings.model_dump(mode="json")
    assert shown["domain"] == "example.test"
    assert shown["sip"]["listen"] == [
        "udp://127.0.0.1:5060",
        "tcp://127.0.0.1:5060",
        "tls://127.0.0.1:5061",
        "ws://127.0.0.1:5080",
        "wss://127.0.0.1:5443",
    ]
    assert shown["sip"]["digest"] == ["MD5"]
    assert shown["sip"]["federation"] == "off"
    assert shown["sip"]["trusted"] == ["127.0.0.0/8", "::1"]
    assert shown["http"]["listen"] == "http://127.0.0.1:8080"
    assert shown["media"] == {"relay": "auto", "ports": "30000-31999", "address": ""}
    assert (settings.tls, settings.mail, settings.sms) == (None, None, None)
    assert settings.store.url == f"sqlite:///{tmp_path}/var/sonnette.db"


def test_relative_paths_are_relative_to_the_file(write, tmp_path, monkeypatch):
    file = write('data_dir = "d"\n[store]\nurl = "sqlite:///e/f.db"\n[mail]\nurl_file = "m"')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    settings = load(file)
    assert settings.data_dir == tmp_path / "d"
    assert settings.store.url == f"sqlite:///{tmp_path}/e/f.db"
    assert settings.mail.url_file == tmp_path / "m"


def test_the_database_follows_data_dir_unless_told_otherwise(write):
    assert load(write('data_dir = "/srv/s"')).store.url == "sqlite:////srv/s/sonnette.db"
    text = '[store]\nurl = "postgresql+psycopg://me@db/sonnette"'
    assert load(write(text)).store.url == "postgresql+psycopg://me@db/sonnette"


def test_the_environment_overrides_the_file_and_the_command_line_both(write, monkeypatch):
    file = write('domain = "one.test"\n[sip]\nadvertise = "a"\nfederation = "tls"')
    monkeypatch.setenv("SONNETTE_DOMAIN", "two.test")
    monkeypatch.setenv("SONNETTE_SIP__LISTEN", "udp://127.0.0.1:0, tcp://[::1]:0")
    settings = load(file)
    assert settings.domain == "two.test"
    assert [str(one) for one in settings.sip.listen] == ["udp://127.0.0.1:0", "tcp://[::1]:0"]
    assert (settings.sip.advertise, settings.sip.federation) == ("a", "tls")
    overridden = load(file, {"domain": "three.test", "sip.digest": "SHA-256,MD5"})
    assert overridden.domain == "three.test"
    assert overridden.sip.digest == ("SHA-256", "MD5")
    assert overridden.sip.advertise == "a"


@pytest.mark.parametrize(
    "written",
    [
        "udp://127.0.0.1:0,tcp://[::1]:0",
        "udp://127.0.0.1:0 tcp://[::1]:0",
        '["udp://127.0.0.1:0", "tcp://[::1]:0"]',
    ],
)
def test_a_list_in_the_environment_is_written_in_words_or_json(monkeypatch, written):
    monkeypatch.setenv("SONNETTE_SIP__LISTEN", written)
    assert [str(one) for one in load().sip.listen] == ["udp://127.0.0.1:0", "tcp://[::1]:0"]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[sip]\nlistn = []", "sip.listen"),
        ("[spi]\nlisten = []", "sip.listen"),
        ("[sip]\nurl_file = 'x'", "url_file"),
        ("dommain = 'x'", "domain"),
        ("[tls]\ncertificate='a'\nkey_file='b'\nkeyfile='b'", "tls.key_file"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(write, text, near):
    with pytest.raises(LocalError, match="unknown key") as refused:
        load(write(text))
    assert near in refused.value.message


def test_an_unknown_variable_is_refused_too(monkeypatch):
    monkeypatch.setenv("SONNETTE_SIP__LISTNE", "x")
    with pytest.raises(LocalError, match=r"SONNETTE_SIP__LISTNE.*SONNETTE_SIP__LISTEN"):
        load()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sip]\nlisten = ['udp:127.0.0.1']", "sip.listen.0: expected scheme://address:port"),
        ("[sip]\nlisten = ['http://127.0.0.1:1']", "expected one of udp, tcp"),
        ("[sip]\ndigest = []", "sip.digest"),
        ("[http]\nlisten = 'udp://127.0.0.1:1'", "expected one of http, https"),
        ("[media]\nports = '5-1'", "media.ports: expected FIRST-LAST"),
        ("[tls]\ncertificate = 'x'", "tls.key_file"),
        ("domain = 'a b'", "domain"),
        ("domain = ", "sonnette.toml"),
    ],
)
def test_a_wrong_value_is_refused_by_name(write, text, told):
    with pytest.raises(LocalError) as refused:
        load(write(text))
    assert told in refused.value.message


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(LocalError, match="sonnette init"):
        load(tmp_path / "none.toml")


@pytest.mark.req("P-5")
def test_a_database_password_is_never_shown(write):
    settings = load(write('[store]\nurl = "postgresql+psycopg://me:hunter2@db/x"'))
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()
    assert "hunter2" in settings.store.url


def test_every_key_explains_itself():
    for key in known_keys(Settings).values():
        assert len(key.meaning) > 20, key.name


def test_the_nearest_key_is_found_by_whole_or_by_last_word():
    known = known_keys(Settings)
    assert nearest("certificate", known) == "tls.certificate"
    assert nearest("sip.port", known) in {"sip.trusted", "media.ports"}
