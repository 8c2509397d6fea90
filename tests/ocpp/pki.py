"""Whom a central system and a charger may trust: authorities, server certificates good and bad, signed requests."""

import datetime
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.crypto.making import certificate, ec_key, key_pem, pem, rsa_key
from tests.csms.certificates import called

# TLS lives in this machine's time, the charger in its world's, which begins on 22 November 2026: certificates suit both.
NOW = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
WORLD = datetime.datetime(2026, 11, 22, 10)
DAY = datetime.timedelta(days=1)
BEGIN, END = min(NOW, WORLD) - 30 * DAY, max(NOW, WORLD) + 90 * DAY


_PURPOSES = {"client": ExtendedKeyUsageOID.CLIENT_AUTH, "server": ExtendedKeyUsageOID.SERVER_AUTH}


class Pki:
    """An authority of its own in `folder`; `path` is its PEM file. `rsa` for RSA keys throughout."""

    def __init__(self, folder, name="Rudved test root", rsa=False, above=None):
        self.folder, self.rsa = folder, rsa
        self.key = rsa_key() if rsa else ec_key()
        issuer = (above.root, above.key) if above else (None, None)
        self.root = certificate(name, self.key, *issuer, ca=True, usage=["key_cert_sign", "crl_sign"], begin=BEGIN, end=END)
        self.path = folder / f"{name.replace(' ', '-')}.pem"
        self.path.write_text(pem(self.root))

    @property
    def pem(self):
        return pem(self.root)

    def hash_data(self, above=None):
        """CertificateHashData as `cryptography` computes it (it is that of OCSP); `above` has issued it."""
        issuer = above.root if above else self.root
        one = ocsp.OCSPRequestBuilder().add_certificate(self.root, issuer, hashes.SHA256()).build()
        return {"hashAlgorithm": "SHA256", "issuerNameHash": one.issuer_name_hash.hex(), "issuerKeyHash": one.issuer_key_hash.hex(),
                "serialNumber": f"{one.serial_number:x}"}  # fmt: skip

    @staticmethod
    def subject(request):
        return x509.load_pem_x509_csr(request.encode()).subject.rfc4514_string()

    def issue(self, name, key=None, *, address=None, purpose=None, public=None, begin=None, end=None, **more):
        """A certificate of `name`, by this authority."""
        extensions = []
        if address:
            extensions.append((x509.SubjectAlternativeName(called(address)), False))
        if purpose:
            extensions.append((x509.ExtendedKeyUsage([purpose]), False))
        return certificate(name, key, self.root, self.key, usage=["digital_signature"], extensions=extensions, public=public,
                           begin=begin or BEGIN, end=end or END, **more)  # fmt: skip

    def server(self, address="127.0.0.1", ask=None, version=None, **more):
        """A server's TLS context; `ask`: the authority whose clients alone are let in."""
        key = rsa_key() if self.rsa else ec_key()
        one = self.issue("csms", key, address=address, purpose=ExtendedKeyUsageOID.SERVER_AUTH, **more)
        return context(self.folder, one, key, ask, version)

    def client(self, name="RUDVED-1"):
        """(certificate file, key file) of a charger."""
        key = ec_key()
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_text(pem(self.issue(name, key, purpose=ExtendedKeyUsageOID.CLIENT_AUTH)))
        paths[1].write_bytes(key_pem(key))
        return paths

    def sign(self, request, purpose="client", **more):
        """The PEM chain for a PEM certificate request, with this authority's certificate behind it."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        name = asked.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        return pem(self.issue(name, public=asked.public_key(), purpose=_PURPOSES[purpose], **more), self.root)


def context(folder, one, key, ask=None, version=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    both = folder / "server.pem"
    both.write_bytes(key_pem(key) + pem(one).encode())
    made.load_cert_chain(both)
    if ask:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(cadata=pem(ask.root))
    if version:
        made.minimum_version = version
    return made


def p384_root():
    """An authority that the charger's own arithmetic cannot check, only TLS."""
    key = ec_key(ec.SECP384R1)
    return certificate("P-384 root", key, ca=True, usage=["key_cert_sign"], begin=BEGIN, end=END)


__all__ = ["DAY", "NOW", "WORLD", "Pki", "context", "ec_key", "p384_root", "pem"]
