"""What is taken into the store of credentials: roots, chains, fresh keys, and what a tool has laid into its folder.

Loaded for as long as that takes (`support.ondemand`). `store` is the `Credentials`.
"""
import os
from binascii import b2a_base64

from firmware.crypto import csr, der, p256
from firmware.crypto.x509 import Certificate, CertificateError, ids
from firmware.storage.credentials import BEFORE, CENTRAL, CHAIN, ROOT


class StoreFull(ValueError):
    """No room for another root."""


def install(store, kind, data, known_by):
    """Trust another root (DER), which others know by `known_by` (`x509.ids`); one that is there already stays. StoreFull, OSError."""
    numbers = [0]
    for name in store.names():
        if name[len(ROOT)] == kind and store.root(name) == data:
            return
        numbers.append(int(name[len(ROOT) + 1:]))
    if len(numbers) > store.limit:
        raise StoreFull("%d certificates are installed, there is room for no more" % store.limit)
    store.shelf.put("%s%s%d" % (ROOT, kind, max(numbers) + 1), _text(data) + " " + known_by)


def adopt(store, number, chain):
    """Use the chain (a list of DER) with the key of that number from now on; the one before stays at hand. OSError."""
    store.shelf.put(BEFORE, " ".join(store.chain()))
    store.old = False
    _lay(store, number, chain)


# Keys

async def new_key(store):
    """A fresh P-256 key to have certified, in place of one that never was: its private half, 32 bytes.

    OSError where no file may be written now.
    """
    if not store.shelf.may_write():
        raise OSError("no key can be made while a contactor is closed")
    used = [(store.shelf.get(name) or "").split(" ")[0] for name in (CHAIN, BEFORE)]
    for number in _keys(store):
        if str(number) not in used:
            os.remove("%s/key.%d" % (store.folder, number))
    private, data = await _fresh(store)
    _write(store, "key.%d" % _next(store), data)
    return private


def key_of(store, public):
    """The number of the key whose public half (65 bytes) this is; None when it is none of ours."""
    for number in _keys(store):
        if store.read("key.%d" % number).endswith(public):
            return number
    return None


async def device_key(store):
    """(private, public) of the key that is this one charger's, made when first asked for: 32 and 65 bytes. OSError."""
    try:
        data = store.read("device.key")
    except OSError:
        if not store.shelf.may_write():
            raise OSError("no key can be made while a contactor is closed")
        _, data = await _fresh(store)
        _write(store, "device.key", data)
    return private_of(data), data[-65:]


def private_of(data):
    """The private half, 32 bytes, of a key in DER as `csr.private_key_der` writes it."""
    key = der.Reader(data).whole(der.SEQUENCE)
    key.integer()
    return key.bytes(der.OCTET_STRING)


async def _fresh(store):
    private = p256.new_private(store.random)
    return private, csr.private_key_der(private, await p256.public_of(private))


def _keys(store):
    return [int(name[4:]) for name in os.listdir(store.folder) if name.startswith("key.") and name[4:].isdigit()]


def _next(store):
    return max([0] + _keys(store)) + 1


# At boot

def take_in(store):
    """The files that a tool has laid into the folder: ca*.der, client*.der (the charger's own first) and client.key.

    Roots of an older firmware, kept without their `ids`, get them.
    """
    for name in store.names():
        if not store.ids(name):
            one = Certificate(store.root(name))
            store.shelf.put(name, _text(one.der) + " " + ids(one, [Certificate(data) for data in store.roots("")]))
    laid = sorted(os.listdir(store.folder))
    chain = [name for name in laid if name.startswith("client") and name.endswith(".der")]
    roots = {}
    for name in laid:
        if name.startswith("ca") and name.endswith(".der"):
            try:
                roots[name] = Certificate(store.read(name))
            except CertificateError:
                pass                    # it stays where it lies: TLS would take it for a reason to trust nobody
    limit, store.limit = store.limit, len(roots) + len(store.names())   # whoever lays them there may have more
    for name in sorted(roots):
        install(store, CENTRAL, roots[name].der, ids(roots[name], roots.values()))
    store.limit = limit
    if chain and "client.key" in laid:
        number = _next(store)
        _write(store, "key.%d" % number, store.read("client.key"))
        _lay(store, number, [store.read(name) for name in chain])
    for name in list(roots) + chain + ["client.key"]:
        if name in laid:
            os.remove(store.folder + "/" + name)


def _lay(store, number, chain):
    store.shelf.put(CHAIN, " ".join([str(number)] + [_text(one) for one in chain]))


def _write(store, name, data):
    path = store.folder + "/" + name
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


def _text(data):
    return b2a_base64(data).decode().strip()
