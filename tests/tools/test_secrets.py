"""No secret leaves the simulator: what the parent hides, whatever the frame looks like."""

import json

import pytest

from tools.sim.secrets import Secrets


@pytest.fixture
def secrets():
    known = Secrets()
    known.keys(["AuthorizationKey"])
    return known


def frame(key, value="hunter2hunter2hunter2"):
    return {"dir": "in", "frame": json.dumps([2, "1", "ChangeConfiguration", {"key": key, "value": value}])}


@pytest.mark.parametrize("key", ["AuthorizationKey", "AUTHORIZATIONKEY", "authorizationkey"])
def test_value_is_hidden_in_whatever_case_the_key_is_written(secrets, key):
    assert "hunter2" not in secrets.frame(frame(key))["frame"]
    assert secrets.hide('{"text": "hunter2hunter2hunter2"}') == ('{"text": "(secret)"}', True)


@pytest.mark.parametrize("key", [None, 7, ["AuthorizationKey"], {"a": 1}, "HeartbeatInterval"])
def test_frame_without_a_secret_key_passes_as_it_is(secrets, key):
    assert secrets.frame(frame(key)) == frame(key)


@pytest.mark.parametrize("text", ["", "[]", "{", "[2]", '[2,"1","ChangeConfiguration",7]', "null"])
def test_frame_that_is_no_frame_passes_as_it_is(secrets, text):
    assert secrets.frame({"frame": text}) == {"frame": text}


def test_value_somebody_sets_is_hidden_afterwards(secrets):
    secrets.learn({"AuthorizationKey": "hunter2hunter2hunter2", "CpoName": "Rudved"})
    assert secrets.hide("Rudved hunter2hunter2hunter2") == ("Rudved (secret)", True)
