"""`rudved info`, `ask` and `config` as typed, at a simulated charger."""

import json
import re
import stat

import pytest

from tests.host.bench import answer, charger, result, rudved
from tools.cli import COMMANDS
from tools.host.exits import EXITS


@pytest.fixture(scope="module")
def sim():
    with charger() as sim:
        yield sim


@pytest.fixture
def port(sim):
    yield sim.ready["console"]
    rudved("config", "set", "MaxCurrentA=32", "CpoName=", "--yes", port=sim.ready["console"])


def refused(*words, **how):
    """(exit status, code, error) of a command that must not go well, as programs get it."""
    status, lines = answer(*words, **how)
    assert lines[-1]["ok"] is False and lines[-1]["exit"] == status
    return status, lines[-1]["code"], lines[-1]["error"]


def test_info_says_who_and_why_not_for_people_and_for_programs(port):
    status, shown, noted = rudved("info", port=port)
    assert (status, noted) == (0, "")
    for text in ("AC7 (rudved_ac7) R0000001", "no vehicle is plugged in", "central system"):
        assert text in shown
    assert result("info", port=port)["status"]["serial"] == "R0000001"


def test_any_command_of_the_console_may_be_asked(port):
    assert result("ask", "meter", "read", port=port)[0]["state"] == "ok"
    assert refused("ask", "nonsense", port=port)[:2] == (8, "UNKNOWN")


def test_settings_are_changed_together_or_not_at_all(port):
    assert result("config", "set", "MaxCurrentA=16", "CpoName=Rud Ved", "--yes", port=port)["changed"] == ["CpoName", "MaxCurrentA"]
    status, code, error = refused("config", "set", "CpoName=Other", "MaxCurrentA=99", "--yes", port=port)
    assert (status, code) == (6, "SETTING") and "from 6 to 32 A" in error
    assert result("config", "get", "CpoName", port=port)["value"] == "Rud Ved"
    assert result("config", "diff", port=port) == []


def test_nothing_is_committed_that_nobody_agreed_to(port):
    assert refused("config", "set", "MaxCurrentA=16", port=port)[:2] == (2, "USAGE")
    assert result("config", "get", "MaxCurrentA", port=port)["value"] == "32"
    assert result("config", "diff", port=port) == []


def test_a_setting_that_is_none_is_told_with_those_that_are_near(port):
    assert "MaxCurrentA" in refused("config", "set", "MaxCurrent=5", "--yes", port=port)[2]
    assert refused("config", "set", "Colour=blue", "--yes", port=port)[0] == 6


def test_a_file_is_tried_dry_then_applied_and_read_back(port, tmp_path):
    file = tmp_path / "fleet.cfg"
    file.write_text("rudved-config 1\nMaxCurrentA=20\nCpoName=Rud Ved\nend\n")
    told = result("config", "apply", file, "--dry-run", port=port)
    assert told["would_change"] == 2 and [row["result"] for row in told["lines"]] == ["change", "change"]
    assert result("config", "get", "MaxCurrentA", port=port)["value"] == "32"
    assert result("config", "apply", file, "--yes", port=port)["changed"] == ["CpoName", "MaxCurrentA"]
    assert result("config", "apply", file, "--yes", port=port)["changed"] == []
    assert result("config", "diff", file, port=port)["would_change"] == 0
    assert "0 of 2 would change\n" in rudved("config", "import", file, port=port)[1]


def test_what_nobody_agreed_to_stays_staged_only_where_it_was(port, tmp_path):
    file = tmp_path / "fleet.cfg"
    file.write_text("rudved-config 1\nMaxCurrentA=20\nend\n")
    assert refused("config", "apply", file, port=port)[:2] == (2, "USAGE")
    assert result("config", "diff", port=port) == []
    assert "1 of 1 would change: staged" in rudved("config", "import", file, port=port)[1]
    assert refused("config", "commit", port=port)[:2] == (2, "USAGE")
    assert [row["key"] for row in result("config", "diff", port=port)] == ["MaxCurrentA"]
    assert result("config", "commit", "--yes", port=port)["changed"] == ["MaxCurrentA"]


def test_every_wrong_line_of_a_file_is_told_and_nothing_changed(port, tmp_path):
    file = tmp_path / "wrong.cfg"
    file.write_text("rudved-config 1\nMaxCurrentA=99\nColour=blue\nCpoName=X\nend\n")
    status, shown, noted = rudved("config", "apply", file, "--yes", port=port)
    assert status == 6 and shown == ""
    for text in ("MaxCurrentA cannot be '99'", "Colour: there is no such setting", "2 of 3 lines are wrong"):
        assert text in noted
    assert result("config", "get", "CpoName", port=port)["value"] == ""


BAD_FILES = {
    "": "is empty",
    "MaxCurrentA=5\n": "line 1: the first line must be `rudved-config NUMBER`",
    "rudved-config 1\nMaxCurrentA\n": "line 2: 'MaxCurrentA' is no NAME=VALUE",
    "rudved-config 1\nA=1\nA=2\n": "line 3: A is there twice",
    "rudved-config 1\nMaxCurrentA=5\nend 1 00000000\n": "do not fit its end",
    "rudved-config 1\nend\nA=1\n": "line 3: stands after the end",
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_a_bad_file_is_told_with_its_line(port, tmp_path, text):
    file = tmp_path / "bad.cfg"
    file.write_text(text)
    status, code, error = refused("config", "apply", file, "--yes", port=port)
    assert (status, code) == (6, "FILE") and BAD_FILES[text] in error


def test_what_one_charger_exports_another_takes(port, tmp_path):
    file = tmp_path / "fleet.cfg"
    rudved("config", "set", "MaxCurrentA=16", "CpoName=Rud Ved", "--yes", port=port)
    assert result("config", "export", "-o", file, port=port)["settings"] == {"CpoName": "Rud Ved", "MaxCurrentA": "16"}
    with charger(seed=2) as other:
        assert result("config", "apply", file, "--yes", port=other.ready["console"])["changed"] == ["CpoName", "MaxCurrentA"]
        assert rudved("config", "export", port=other.ready["console"])[1] == file.read_text()


def test_secrets_come_by_the_environment_and_are_shown_nowhere(port):
    secret = "0123456789abcdef"
    assert "process list" in refused("config", "set", f"AuthorizationKey={secret}", "--yes", port=port)[2]
    assert refused("config", "set", "AuthorizationKey", "--yes", port=port)[0] == 6
    status, shown, noted = rudved("config", "set", "AuthorizationKey", "--yes", port=port, env={"RUDVED_VALUE": secret})
    assert status == 0 and secret not in shown + noted
    shown = "".join(rudved("config", *words, port=port)[1] for words in (("get",), ("history",), ("export", "--all")))
    assert secret not in shown and "(secret)" in shown


def test_an_export_with_secrets_is_for_the_factory_and_its_file_for_its_owner(tmp_path):
    file = tmp_path / "all.cfg"
    with charger("--set", "FactorySecret=factory-secret", "--set", "AuthorizationKey=0123456789abcdef", seed=6) as sim:
        port = sim.ready["console"]
        assert refused("config", "export", "--secrets", "-o", file, port=port)[:2] == (5, "DENIED")
        wrong = refused("config", "export", "--secrets", "-o", file, port=port, env={"RUDVED_SECRET": "wrong"})
        assert wrong[:2] == (5, "WRONG") and not file.exists()
        result("config", "export", "--secrets", "-o", file, port=port, env={"RUDVED_SECRET": "factory-secret"})
    assert "AuthorizationKey=0123456789abcdef" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_change_the_central_system_does_not_survive_is_taken_back(port):
    status, code, error = refused("config", "set", "CsmsUrl=ws://127.0.0.1:9/x", "--yes", "--check-central", "1", port=port)
    assert (status, code) == (1, "FAILED") and "taken back" in error
    assert result("config", "get", "CsmsUrl", port=port)["value"] == ""


def test_a_change_that_wants_a_restart_while_somebody_charges_is_taken_back_and_told():
    with charger("--set", "FreeVendActive=true", seed=9, speed=10) as sim:
        sim.do("plug")
        sim.do("vehicle", ready=True)
        sim.wait({"connectors.0.contactor.closed": True}, 20)
        port = sim.ready["console"]
        status, code, error = refused("config", "set", "ChargePointId=CP-9", "--yes", port=port)
        assert (status, code) == (7, "BUSY") and "taken back" in error
        assert result("config", "get", "ChargePointId", port=port)["value"] == ""
        assert sim.state()["connectors"][0]["contactor"]["closed"]


def test_words_with_spaces_reach_the_console_as_they_are(port):
    result("ask", "config", "set", "CpoName", "Rud Ved", port=port)
    assert result("ask", "config diff", port=port) == [{"key": "CpoName", "now": "", "then": "Rud Ved"}]
    result("ask", "config", "rollback", port=port)


def test_history_tells_and_rollback_undoes(port):
    rudved("config", "set", "MaxCurrentA=11", "--yes", port=port)
    last = result("config", "history", port=port)[-1]
    assert (last["key"], last["was"], last["became"]) == ("MaxCurrentA", "32", "11")
    result("config", "rollback", last["n"], port=port)
    assert result("config", "commit", "--yes", port=port)["changed"] == ["MaxCurrentA"]
    assert result("config", "get", "MaxCurrentA", port=port)["value"] == "32"


def test_no_port_a_wrong_port_and_wrong_words_have_exit_codes_of_their_own(monkeypatch):
    monkeypatch.setattr("serial.tools.list_ports.comports", list)
    assert refused("info")[:2] == (3, "PORT")
    assert refused("info", "--port", "/dev/nowhere")[:2] == (4, "GONE")
    assert rudved("info", "--colour")[0] == 2
    assert refused("info", "--colour")[:2] == (2, "USAGE")
    assert refused("nonsense")[:2] == (2, "USAGE")


def test_help_names_every_command_and_every_exit_code():
    shown = rudved("--help")[1]
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", shown, re.MULTILINE)
        assert rudved(name, "--help")[0] == 0
    assert rudved("help")[1] == shown
    assert rudved("help", "config", "set")[1] == rudved("config", "set", "--help")[1]
    for code, told in EXITS.items():
        assert re.search(rf"^  {code} +{re.escape(told.split(',')[0].split(':')[0])}", shown, re.MULTILINE)
    assert json.loads(rudved("info", "--json", "--port", "/dev/nowhere")[1])["exit"] == 4
