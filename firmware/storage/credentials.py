"""The charger's certificates and keys: roots it trusts, its own chain and key towards the central system, its device key.

Certificates are texts on the shelf, so they may come while a contactor is closed and no cut tears them. Private keys are
files of DER, written only while files may be: a key never passes through the journal. A chain names the number of its
key, so that both change in one step. `folder` also takes in at boot what a tool has laid there: ca*.der, client*.der
(the charger's own first) and client.key.

What is here reads, trusts and gives up. What takes in something new, and makes keys, is `provision`, loaded for as long as
that takes.
"""
import os
from binascii import a2b_base64

from firmware.support import ondemand

CENTRAL, MAKER = "C", "M"               # roots for the central system's certificates, and for firmware's
ROOT = "root."
CHAIN, BEFORE = "chain", "chain.before"


class Credentials:
    """`shelf` as in shelf.py, `limit` the number of roots that have room, `random(n)` n random bytes.

    On the shelf a root is its DER in base64 and the words of `x509.ids`; a chain is the number of its key, then certificates.
    """

    def __init__(self, shelf, folder, random, limit):
        self.shelf = shelf
        self.folder = folder
        self.random = random
        self.limit = limit
        self.old = False                # the chain before is used, for now
        try:
            os.mkdir(folder)
        except OSError:
            pass                        # it is there
        if [name for name in os.listdir(folder) if name.startswith("c")] or not all(map(self.ids, self.names())):
            ondemand.load("firmware.storage.provision").take_in(self)
            ondemand.release("firmware.storage.provision")

    # Roots

    def roots(self, kind):
        """The DER of each root of that kind, one after another."""
        for name in self.names(kind):
            yield self.root(name)

    def names(self, kind=""):
        """What the roots of a kind are called here, the one installed first first; of all kinds without one."""
        found = [name for name in self.shelf.names() if name.startswith(ROOT + kind)]
        return sorted(found, key=lambda name: int(name[len(ROOT) + 1:]))

    def root(self, name):
        """The DER of one root."""
        return a2b_base64(self.shelf.get(name).split(" ")[0].encode())

    def ids(self, name):
        """What others know one root by: the words of `x509.ids`."""
        return self.shelf.get(name).split()[1:]

    def remove(self, name):
        """Trust a root no longer. OSError."""
        self.shelf.put(name, None)

    # The charger's own

    def client(self):
        """([DER of the charger's certificate and of what is between it and its root], DER of its key), None without."""
        words = self.chain()
        if not words:
            return None
        try:
            return [a2b_base64(word.encode()) for word in words[1:]], self.read("key." + words[0])
        except OSError:
            return None                 # a chain without its key is none

    def tls(self, client=True):
        """What `hal.network.connect` wants of us: (an iterator over the roots, `client()` or None)."""
        return self.roots(CENTRAL), self.client() if client else None

    def turn(self):
        """Try the chain before instead of the new one, or the other way round. False where there is no other."""
        if not self.shelf.get(BEFORE):
            return False
        self.old = not self.old
        return True

    def confirm(self):
        """The chain in use has proven good: the other one may go. OSError."""
        if self.shelf.get(BEFORE) is not None:
            if self.old:
                self.shelf.put(CHAIN, self.shelf.get(BEFORE))
                self.old = False
            self.shelf.put(BEFORE, None)

    def chain(self):
        """The words of the chain in use; [] without one."""
        return (self.shelf.get(BEFORE if self.old else CHAIN) or "").split()

    def read(self, name):
        """A file of the folder. OSError."""
        with open(self.folder + "/" + name, "rb") as f:
            return f.read()
