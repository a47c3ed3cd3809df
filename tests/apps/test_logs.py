import json
import logging

import pytest
import structlog

from sonnette.apps import logs
from sonnette.apps.schema import personal_fields
from sonnette.base.shield import Personal, Secret


@pytest.fixture(autouse=True)
def _restored():
    root = logging.getLogger()
    kept = root.handlers, root.level
    yield
    root.handlers, root.level = kept
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys):
    """What the logs wrote on stderr since, as JSON."""

    def lines():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return lines


def test_a_line_is_json_with_its_fields(lines):
    logs.configure("info")
    logging.getLogger("sonnette.test").info("ready", extra={"rows": 3})
    [line] = lines()
    assert (line["event"], line["rows"], line["level"]) == ("ready", 3, "info")
    assert line["logger"] == "sonnette.test"


@pytest.mark.req("P-5")
@pytest.mark.parametrize("field", ["caller", "ip", "password", "favourite_colour"])
def test_a_field_declared_personal_is_left_out(lines, field):
    logs.configure("info", ["favourite_colour"])
    logging.getLogger("sonnette.test").warning("seen", extra={field: "blue"})
    structlog.get_logger().warning("seen", **{field: "blue"})
    for line in lines():
        assert line[field] == logs.REDACTED


@pytest.mark.req("P-5")
def test_a_shielded_value_is_redacted_under_any_name(lines):
    logs.configure("info")
    extra = {"what": Personal("hunter2"), "how": Secret("hunter2")}
    logging.getLogger("sonnette.test").warning("seen %s", Personal("hunter2"), extra=extra)
    assert "hunter2" not in json.dumps(lines())


def test_every_declared_column_is_left_out():
    assert {"username", "ha1_md5", "callee", "source_ip"} <= personal_fields()


def test_the_level_changes_while_running(lines):
    logs.configure("info")
    logging.getLogger("sonnette.test").debug("hidden")
    logs.set_level("debug")
    logging.getLogger("sonnette.test").debug("shown")
    assert [line["event"] for line in lines()] == ["shown"]


def test_the_chatter_of_libraries_is_kept_out(lines):
    logs.configure("info")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert lines() == []
