import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import sonnette.apps.cli
from sonnette.apps.cli.program import BRANCHES, Program, load
from sonnette.base.language import catalogue

FOLDER = Path(sonnette.apps.cli.__file__).parent
PRESENT = sorted(name for name in BRANCHES if (FOLDER / f"{name}.py").exists())


def test_help_lists_the_branches_that_are_installed(run):
    outcome = run("--help")
    assert outcome.status == 0
    for name in PRESENT:
        assert name in outcome.out


def test_help_loads_no_branch():
    program = (
        "import sys; from sonnette.apps.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic_settings', 'starlette', 'uvicorn', 'sqlalchemy', 'cryptography'}\n"
        "sys.exit(' '.join(heavy & sys.modules.keys()) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_version_is_told(run):
    assert run("--version").out == f"sonnette {sonnette.__version__}\n"


@pytest.mark.parametrize("wrong", [["nothing"], ["init", "--nothing"], ["config", "explain"]])
def test_wrong_usage_is_status_2(run, wrong):
    outcome = run(*wrong)
    assert outcome.status == 2
    assert outcome.err


@pytest.mark.parametrize("wrong", [["stop"], ["config", "check", "--config", "none.toml"]])
def test_a_refusal_is_status_1_with_its_reason_on_stderr(run, wrong):
    outcome = run(*wrong)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("error: ")


def test_a_part_that_is_not_installed_is_named_with_its_remedy(run, monkeypatch):
    def lacking(name):
        raise ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn")

    monkeypatch.setattr("sonnette.apps.cli.program.load", lacking)
    outcome = run("serve")
    assert outcome.status == 1
    assert "uvicorn is not installed: pip install 'sonnette[server]'" in outcome.err


def test_init_writes_a_configuration_that_is_sound(run, tmp_path):
    written = json.loads(run("init", "--domain", "sip.example.org", "--dir", "d", "--json").out)
    assert Path(written["ca"]) == tmp_path / "d" / "var" / "tls" / "ca.pem"
    assert Path(written["ca"]).exists()
    shown = json.loads(run("config", "show", "--config", written["config"], "--json").out)
    assert shown["domain"] == "sip.example.org"


def test_init_keeps_secrets_to_the_owner(run, tmp_path):
    run("init")
    for secret in ("var", "var/tls/ca.key", "var/tls/server.key", "var/admin-invitation.json"):
        assert (tmp_path / secret).stat().st_mode & 0o077 == 0, secret


def test_init_never_overwrites(run):
    assert run("init").status == 0
    outcome = run("init")
    assert outcome.status == 1
    assert "exists" in outcome.err


def test_init_refuses_what_is_no_domain(run, tmp_path):
    assert run("init", "--domain", "a b", "--dir", "d").status == 1
    assert not (tmp_path / "d").exists()


def test_config_check_names_the_nearest_key(run, tmp_path):
    (tmp_path / "sonnette.toml").write_text("[sip]\nlistening = []")
    outcome = run("config", "check")
    assert outcome.status == 1
    assert "sip.listening" in outcome.err
    assert "sip.listen\n" in outcome.err


def test_config_explains_a_key_and_its_environment(run):
    outcome = run("config", "explain", "sip.trusted")
    assert "SONNETTE_SIP__TRUSTED" in outcome.out
    assert "SIGHUP" in outcome.out
    assert run("config", "explain", "sip.trustee").status == 1


def test_config_docs_hold_every_key(run):
    page = run("config", "docs").out
    for key in json.loads(run("config", "docs", "--json").out):
        assert f"### `{key['name']}`" in page


def _texts(command):
    yield command.help
    yield from (parameter.help for parameter in command.params if getattr(parameter, "help", None))
    for child in getattr(command, "commands", {}).values():
        yield from _texts(child)


def _spoken(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("_COLUMNS"):
            yield from (heading for _, heading in ast.literal_eval(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in {"say", "tell", "hint", "table"} and isinstance(first, ast.Constant):
                yield first.value
            if node.func.id == "_report" and isinstance(node.args[-1], ast.Constant):
                yield node.args[-1].value


OURS = {
    "account",
    "config",
    "device",
    "doctor",
    "g729",
    "init",
    "privacy",
    "serve",
    "server",
    "stop",
}
"""The branches of this package; the others bring their sentences themselves."""


def test_every_sentence_has_its_french():
    french = catalogue("sonnette.apps.cli", "fr").sentences
    said = {branch.meaning for branch in BRANCHES.values()}
    for name in OURS & set(PRESENT):
        said |= set(_texts(load(name)))
    for source in FOLDER.glob("*.py"):
        said |= set(_spoken(source.read_text(encoding="utf-8")))
    said -= {"Show this message and exit.", ""}
    assert said <= set(french), said - set(french)
    unused = {sentence for sentence in set(french) - said if " " in sentence}
    assert unused == set()


def test_help_is_french_where_the_locale_asks():
    program = "from sonnette.apps.cli import main; main(['config', '--help'])"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"LANG": "fr_FR.UTF-8", "PYTHONPATH": ":".join(sys.path), "COLUMNS": "120"},
    )
    assert "La configuration" in ended.stdout


def test_the_root_offers_nothing_that_is_not_installed():
    root = Program(name="sonnette")
    assert sorted(root.commands) == PRESENT
