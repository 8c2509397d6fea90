"""The lines to the outside: sockets through the weather, TLS both ways, the console's pseudo-terminal."""

import datetime
import os
import select
import socket
import ssl
import threading
import time
import tty

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.csms.certificates import called
from tests.sim.port import Sim

TALKS = "tests.sim.mpy.programs.talks"


class Peer:
    """A server that answers each line with `pong`; `names` are the subjects of the certificates that clients showed."""

    def __init__(self, context=None):
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.connections = 0
        self.names = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(one,), daemon=True).start()

    def _talk(self, one):
        try:
            if self._context:
                one = self._context.wrap_socket(one, server_side=True)
                certificate = one.getpeercert()
                if certificate:
                    self.names.append(dict(pair[0] for pair in certificate["subject"])["commonName"])
            self.connections += 1
            for _ in one.makefile("rb"):
                one.sendall(b"pong\n")
        except OSError:
            pass
        finally:
            one.close()


@pytest.fixture
def peer():
    peer = Peer()
    yield peer
    peer.close()


def said(sim):
    return [event["text"] for event in sim.do("log")["events"] if event["event"] == "log" and event["source"] == "talk"]


def test_a_conversation_takes_no_virtual_time_but_what_the_network_is_told_to_take(peer):
    with Sim("--csms", f"ws://127.0.0.1:{peer.port}", program=TALKS) as sim:
        sim.do("advance", s=3)
        assert said(sim)[:2] == ["connected", "pong after 0 ms"]
        sim.do("network", latency_ms=150)
        sim.do("advance", s=10)
        assert 300 <= int(said(sim)[-1].split()[2]) <= 310


def test_a_lost_segment_comes_late_but_comes_and_in_order(peer):
    with Sim("--csms", f"ws://127.0.0.1:{peer.port}", program=TALKS) as sim:
        sim.do("network", drop=0.3)
        sim.do("advance", s=60)
        times = [int(text.split()[2]) for text in said(sim) if text.startswith("pong")]
        assert min(times) == 0 and 1000 <= max(times) <= 8000 and "lost" not in str(said(sim))


def test_a_network_that_is_down_kills_connections_silently_and_refuses_new_ones(peer):
    with Sim("--csms", f"ws://127.0.0.1:{peer.port}", program=TALKS) as sim:
        sim.do("advance", s=2)
        sim.do("network", up=False)
        assert sim.state()["network"] is False
        sim.do("advance", s=20)
        assert "silence" in said(sim) and "lost: 113" in said(sim)  # EHOSTUNREACH
        assert peer.connections == 1
        sim.do("network", up=True)
        sim.do("advance", s=5)
        assert said(sim)[-1].startswith("pong") and peer.connections == 2


def test_a_short_outage_is_seen_as_a_reset_when_the_network_is_back(peer):
    with Sim("--csms", f"ws://127.0.0.1:{peer.port}", program=TALKS) as sim:
        sim.do("advance", s=2)
        sim.do("network", up=False)
        sim.do("advance", s=3)
        sim.do("network", up=True)
        sim.do("advance", s=3)
        assert "lost: 104" in said(sim) and said(sim)[-1].startswith("pong")  # ECONNRESET


def test_half_open_is_silence_without_an_error_and_heals(peer):
    with Sim("--csms", f"ws://127.0.0.1:{peer.port}", program=TALKS) as sim:
        sim.do("advance", s=2)
        sim.do("network", half_open=True)
        sim.do("advance", s=5)
        before = said(sim)
        assert not [text for text in before if text.startswith(("lost", "silence"))]
        sim.do("network", half_open=False)
        sim.do("advance", s=2)
        late = [int(text.split()[2]) for text in said(sim)[len(before):] if text.startswith("pong")]
        assert late[0] >= 3000 and peer.connections == 1


def test_nobody_at_the_other_end_is_an_error_at_once():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with Sim("--csms", f"ws://127.0.0.1:{port}", program=TALKS) as sim:
        sim.do("advance", s=0.5)
        assert said(sim) == ["lost: 111"]  # ECONNREFUSED


def test_the_peer_s_end_is_seen(peer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        with Sim("--csms", f"ws://127.0.0.1:{server.getsockname()[1]}", program=TALKS) as sim:
            server.accept()[0].close()
            sim.do("advance", s=0.5)
            assert "lost: end" in said(sim) or "lost: 104" in said(sim)


# TLS


class Authority:
    """A root of our own that signs certificates, kept as PEM files in a folder."""

    def __init__(self, folder, name="Test Root"):
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.path = folder / f"{name.replace(' ', '-')}.pem"
        self.path.write_bytes(self._sign(self._name, self._key, authority=True).public_bytes(serialization.Encoding.PEM))

    def issue(self, name, address=None):
        """(certificate file, key file)"""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, address=address)
        paths = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return paths

    def _sign(self, subject, key, authority=False, address=None):
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if address:
            builder = builder.add_extension(x509.SubjectAlternativeName(called(address)), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _context(root, server, ask=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server)
    if ask:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(root.path)
    return context


def test_tls_both_ways_with_certificates_from_the_store(tmp_path):
    root = Authority(tmp_path)
    client = root.issue("CP-7")
    peer = Peer(_context(root, root.issue("csms", "127.0.0.1"), ask=True))
    with Sim("--csms", f"wss://127.0.0.1:{peer.port}", "--ca", root.path, "--client-cert", client[0], "--client-key", client[1],
             program=TALKS) as sim:
        sim.do("advance", s=3)
        assert said(sim)[:2] == ["connected", "pong after 0 ms"]
        assert peer.names == ["CP-7"]
        sim.do("reset")
        sim.do("advance", s=3)  # the store outlives a reset
        assert peer.names == ["CP-7", "CP-7"]
    peer.close()


@pytest.mark.parametrize("trust", ["another root", "nobody", "another host"])
def test_a_peer_that_cannot_be_trusted_is_refused(tmp_path, trust):
    root = Authority(tmp_path)
    other = Authority(tmp_path, "Other Root")
    peer = Peer(_context(root, root.issue("csms", "127.0.0.2" if trust == "another host" else "127.0.0.1")))
    store = {"another root": ["--ca", other.path], "nobody": [], "another host": ["--ca", root.path]}[trust]
    with Sim("--csms", f"wss://127.0.0.1:{peer.port}", *store, program=TALKS) as sim:
        sim.do("advance", s=3)
        texts = said(sim)
        assert not [text for text in texts if text.startswith("pong")]
        assert [text for text in texts if text.startswith("lost: ")]
        why = {"another root": "not correctly signed", "nobody": "no root certificate", "another host": "does not match"}[trust]
        assert why in texts[-1]
    peer.close()


# The console


def test_the_console_is_a_serial_line_both_ways_while_time_stands_still():
    with Sim(program=TALKS) as sim:
        line = os.open(sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        os.write(line, b"hello\x00\xff\r\n")
        heard = b""
        end = time.monotonic() + 10
        while not heard.endswith(b">") and time.monotonic() < end:
            if select.select([line], [], [], 1)[0]:
                heard += os.read(line, 100)
        os.close(line)
        assert heard.replace(b"><", b"") == b"<hello\x00\xff\r\n>"
        assert sim.ask("state")["t"] == 0


def test_a_console_nobody_reads_stops_nothing():
    with Sim(program=TALKS) as sim:
        line = os.open(sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        os.set_blocking(line, False)
        for _ in range(200):
            try:
                os.write(line, b"x" * 64)
            except BlockingIOError:
                pass
            sim.do("advance", s=0.02)
        os.close(line)
        assert sim.ask("advance", s=1)["ok"]
