"""Certificates made on the spot, for central systems behind TLS."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def called(address):
    """The names of a server at that address: as an address, and as a host's name for Mbed TLS 2.28, which knows no others."""
    return [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName(address)]


def authority(folder, name):
    """A certificate for 127.0.0.1 that signs itself: (PEM file of it, server context with it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.datetime(2026, 1, 1)
    address = x509.SubjectAlternativeName(called("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(7).not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(address, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    public, both = folder / f"{name}.pem", folder / f"{name}-key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + public.read_bytes()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return public, context
