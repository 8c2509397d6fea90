"""The charger's certificates and keys: roots it trusts, its own chain and key towards the central system, its device key.

Certificates are texts on the shelf, so they may come while a contactor is closed and no cut tears them. Private keys are
files of DER, written only while files may be: a key never passes through the journal. A chain names the number of its
key, so that both change in one step. `folder` also takes in at boot what a tool has laid there: ca*.der, client*.der
(the charger's own first) and client.key.
"""
import os
from binascii import a2b_base64, b2a_base64

from firmware.crypto import csr, der, p256
from firmware.crypto.x509 import Certificate, CertificateError

CENTRAL, MAKER = "C", "M"               # roots for the central system's certificates, and for firmware's
_ROOT = "root."
_CHAIN, _BEFORE = "chain", "chain.before"


class StoreFull(ValueError):
    """No room for another root."""


class Credentials:
    """`shelf` as in shelf.py, `limit` the number of roots that have room, `random(n)` n random bytes."""

    def __init__(self, shelf, folder, random, limit):
        self.shelf = shelf
        self._folder = folder
        self._random = random
        self._limit = limit
        self._old = False               # the chain before is used, for now
        try:
            os.mkdir(folder)
        except OSError:
            pass                        # it is there
        self._take_in()

    # Roots

    def roots(self, kind):
        """The DER of each root of that kind, one after another."""
        for name in self.names(kind):
            yield self.root(name)

    def names(self, kind=""):
        """What the roots of a kind are called here, the one installed first first; of all kinds without one."""
        found = [name for name in self.shelf.names() if name.startswith(_ROOT + kind)]
        return sorted(found, key=lambda name: int(name[len(_ROOT) + 1:]))

    def root(self, name):
        """The DER of one root."""
        return a2b_base64(self.shelf.get(name).encode())

    def install(self, kind, data):
        """Trust another root (DER); one that is there already stays. StoreFull, OSError."""
        numbers = [0]
        for name in self.names():
            if name[len(_ROOT)] == kind and self.root(name) == data:
                return
            numbers.append(int(name[len(_ROOT) + 1:]))
        if len(numbers) > self._limit:
            raise StoreFull("%d certificates are installed, there is room for no more" % self._limit)
        self.shelf.put("%s%s%d" % (_ROOT, kind, max(numbers) + 1), _text(data))

    def remove(self, name):
        """Trust a root no longer. OSError."""
        self.shelf.put(name, None)

    # The charger's own

    def client(self):
        """([DER of the charger's certificate and of what is between it and its root], DER of its key), None without."""
        words = self._chain()
        if not words:
            return None
        try:
            return [a2b_base64(word.encode()) for word in words[1:]], self._read("key." + words[0])
        except OSError:
            return None                 # a chain without its key is none

    def tls(self, client=True):
        """What `hal.network.connect` wants of us: (an iterator over the roots, `client()` or None)."""
        return self.roots(CENTRAL), self.client() if client else None

    async def new_key(self):
        """A fresh P-256 key to have certified, in place of one that never was: its private half, 32 bytes.

        OSError where no file may be written now.
        """
        if not self.shelf.may_write():
            raise OSError("no key can be made while a contactor is closed")
        used = [(self.shelf.get(name) or "").split(" ")[0] for name in (_CHAIN, _BEFORE)]
        for number in self._keys():
            if str(number) not in used:
                os.remove("%s/key.%d" % (self._folder, number))
        private = p256.new_private(self._random)
        self._write("key.%d" % (max([0] + self._keys()) + 1), csr.private_key_der(private, await p256.public_of(private)))
        return private

    def key_of(self, public):
        """The number of the key whose public half (65 bytes) this is; None when it is none of ours."""
        for number in self._keys():
            if self._read("key.%d" % number).endswith(public):
                return number
        return None

    def adopt(self, number, chain):
        """Use the chain (a list of DER) with the key of that number from now on; the one before stays at hand. OSError."""
        self.shelf.put(_BEFORE, " ".join(self._chain()))
        self._old = False
        self.shelf.put(_CHAIN, " ".join([str(number)] + [_text(one) for one in chain]))

    def turn(self):
        """Try the chain before instead of the new one, or the other way round. False where there is no other."""
        if not self.shelf.get(_BEFORE):
            return False
        self._old = not self._old
        return True

    def confirm(self):
        """The chain in use has proven good: the other one may go. OSError."""
        if self.shelf.get(_BEFORE) is not None:
            if self._old:
                self.shelf.put(_CHAIN, self.shelf.get(_BEFORE))
                self._old = False
            self.shelf.put(_BEFORE, None)

    def _chain(self):
        """The words of the chain in use: the number of its key, then its certificates."""
        return (self.shelf.get(_BEFORE if self._old else _CHAIN) or "").split()

    # The device's key

    async def device_key(self):
        """(private, public) of the key that is this one charger's, made when first asked for: 32 and 65 bytes. OSError."""
        try:
            data = self._read("device.key")
        except OSError:
            if not self.shelf.may_write():
                raise OSError("no key can be made while a contactor is closed")
            private = p256.new_private(self._random)
            data = csr.private_key_der(private, await p256.public_of(private))
            self._write("device.key", data)
        return private_of(data), data[-65:]

    # Files

    def _keys(self):
        return [int(name[4:]) for name in os.listdir(self._folder) if name.startswith("key.") and name[4:].isdigit()]

    def _read(self, name):
        with open(self._folder + "/" + name, "rb") as f:
            return f.read()

    def _write(self, name, data):
        path = self._folder + "/" + name
        with open(path + ".new", "wb") as f:
            f.write(data)
        os.rename(path + ".new", path)

    def _take_in(self):
        laid = sorted(os.listdir(self._folder))
        roots = [name for name in laid if name.startswith("ca") and name.endswith(".der")]
        chain = [name for name in laid if name.startswith("client") and name.endswith(".der")]
        roots = [name for name in roots if _readable(self._read(name))]
        self._limit, limit = len(roots) + len(self.names()), self._limit    # whoever lays them there may have more
        for name in roots:
            self.install(CENTRAL, self._read(name))
        self._limit = limit
        if chain and "client.key" in laid:
            number = max([0] + self._keys()) + 1
            self._write("key.%d" % number, self._read("client.key"))
            self.shelf.put(_CHAIN, " ".join([str(number)] + [_text(self._read(name)) for name in chain]))
        for name in roots + chain + ["client.key"]:
            if name in laid:
                os.remove(self._folder + "/" + name)


def _readable(data):
    """What is none stays where it lies: TLS would take it for a reason to trust nobody."""
    try:
        Certificate(data)
        return True
    except CertificateError:
        return False


def private_of(data):
    """The private half, 32 bytes, of a key in DER as `csr.private_key_der` writes it."""
    key = der.Reader(data).whole(der.SEQUENCE)
    key.integer()
    return key.bytes(der.OCTET_STRING)


def _text(data):
    return b2a_base64(data).decode().strip()
