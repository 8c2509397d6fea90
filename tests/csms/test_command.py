"""`rudved csms` as a person at its prompt has it, and the same central system behind TLS."""

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from tests.crypto.making import ec_key, key_pem, pem
from tests.csms.certificates import authority
from tests.csms.fake import FakePoint, run, ten_o_clock
from tests.ocpp.pki import Pki
from tools.csms import CentralSystem

RUDVED = Path(sys.executable).with_name("rudved")


@run
async def test_a_person_sees_frames_in_words_and_types_calls():
    process = await asyncio.create_subprocess_exec(
        RUDVED, "csms", "--port", "0", "--accept", "04A1B2C3",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    greeting = (await process.stdout.readline()).decode()
    url = re.search(r"ws://\S+/ocpp", greeting).group()
    async with connect(url + "/BENCH", subprotocols=["ocpp1.6"]) as socket:
        boot = {"chargePointVendor": "Rudved", "chargePointModel": "Fake"}
        await socket.send(json.dumps([2, "1", "BootNotification", boot]))
        await socket.recv()
        process.stdin.write(b"nonsense\nreset hard\n")
        _, unique_id, action, payload = json.loads(await socket.recv())
        assert (action, payload) == ("Reset", {"type": "Hard"})
        await socket.send(json.dumps([3, unique_id, {"status": "Perhaps"}]))
        await asyncio.sleep(0.1)
    process.stdin.write(b"book\nquit\n")
    told = (await process.communicate())[0].decode()
    assert process.returncode == 1  # a rule was broken
    for words in ("BENCH > BootNotification", "'nonsense' is no command", "BENCH < Reset  type Hard", "'Perhaps'"):
        assert words in told


def test_quit_ends_it_in_peace():
    ended = subprocess.run([RUDVED, "csms", "--port", "0"], input="quit\n", capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0 and "central system at ws://" in ended.stdout


@run
async def test_passwords_and_certificates_are_asked_for_where_wanted(tmp_path):
    ours, theirs = Pki(tmp_path, "Ours"), Pki(tmp_path, "Theirs")
    key = ec_key()
    (tmp_path / "server.pem").write_text(pem(ours.issue("csms", key, address="127.0.0.1")))
    (tmp_path / "server.key").write_bytes(key_pem(key))
    process = await asyncio.create_subprocess_exec(
        RUDVED, "csms", "--port", "0", "--cert", tmp_path / "server.pem", "--key", tmp_path / "server.key", "--client-ca", theirs.path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"RUDVED_CSMS_PASSWORD": "sixteen-letters!"},
    )  # fmt: skip
    url = re.search(r"wss://\S+/ocpp", (await process.stdout.readline()).decode()).group()
    tls = ssl.create_default_context(cafile=ours.path)
    login = {"Authorization": "Basic " + b64encode(b"BENCH:sixteen-letters!").decode()}
    with pytest.raises((ssl.SSLError, ConnectionError, InvalidMessage)):
        async with connect(url + "/BENCH", subprotocols=["ocpp1.6"], ssl=tls, additional_headers=login):
            pass
    tls.load_cert_chain(*theirs.client("BENCH"))
    with pytest.raises(InvalidStatus, match="401"):
        async with connect(url + "/BENCH", subprotocols=["ocpp1.6"], ssl=tls):
            pass
    async with connect(url + "/BENCH", subprotocols=["ocpp1.6"], ssl=tls, additional_headers=login):
        pass
    process.stdin.write(b"quit\n")
    assert "sixteen-letters!" not in (await process.communicate())[0].decode() and process.returncode == 0


@pytest.mark.parametrize("options, words", [
    (("--key", __file__), "--key is for TLS"), (("--client-ca", __file__), "--client-ca is for TLS"),
    (("--cert", __file__, "--key", __file__), "test_command.py"), (("--cert", "/nothing"), "'/nothing' does not exist"),
])  # fmt: skip
def test_certificates_that_cannot_be_are_named(options, words):
    ended = subprocess.run([RUDVED, "csms", *options], input="quit\n", capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2 and words in ended.stderr.replace("\n", " "), ended.stderr


@run
async def test_a_charger_may_come_over_tls(tmp_path):
    certificate, server = authority(tmp_path, "csms")
    client = ssl.create_default_context(cafile=certificate)
    async with CentralSystem(clock=ten_o_clock(), ssl=server) as csms:
        assert csms.url.startswith("wss://")
        async with FakePoint(csms, ssl=client) as point:
            assert (await point.boot())["status"] == "Accepted"
