"""Runs inside MicroPython: answers questions about keys, signatures and certificates, a JSON line for a JSON line.

A question is [what, arguments...], bytes as hex; the answer {"is": ..., "peak": bytes of heap allocated} or {"error": ...}.
"""

import asyncio
import json
import sys

import micropython

from firmware.crypto import csr, der, p256, pem, rsa, sha512, x509


async def public(private):
    return (await p256.public_of(private)).hex()


async def sign(private, digest):
    return (await p256.sign(private, digest)).hex()


async def verify(public, digest, signature):
    return await p256.verify(public, digest, signature)


async def rsa_verify(modulus, exponent, digest, signature, pss):
    modulus, exponent = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")
    return await rsa.verify(modulus, exponent, digest, signature, bool(pss[0]))


async def sha2(data, size):
    return (await sha512.digest(data, size[0])).hex()


async def request(private, name, organisation):
    return await csr.request(private, name.decode(), organisation.decode())


async def key_file(private):
    return csr.private_key_der(private, await p256.public_of(private)).hex()


async def read(data):
    one = x509.Certificate(data)
    key = one.key and [one.key[0]] + [str(part) if isinstance(part, int) else part.hex() for part in one.key[1:]]
    return {"serial": "%x" % one.serial, "issuer": one.issuer.hex(), "subject": one.subject.hex(), "key": key,
            "key_bits": one.key_bits.hex(), "from": one.not_before, "to": one.not_after, "ca": one.ca, "usage": one.usage,
            "path": one.path_length, "name": one.name(), "organisation": one.name("O")}  # fmt: skip


async def chain(now, count, *ders):
    """The first `count` are the chain, the rest roots; the index of the root that vouches."""
    ders = [x509.Certificate(der) for der in ders]
    count = count[0]
    root = await x509.verify_chain(ders[:count], ders[count:], int.from_bytes(now, "big") or None)
    return [one.der for one in ders].index(root.der, count)


async def signed(certificate, digest, signature):
    return await x509.Certificate(certificate).verify(digest, signature)


async def unpem(text):
    return [block.hex() for block in pem.decode(text.decode())]


async def walk(data):
    """Read whatever there is, as deep as it goes."""
    todo, count = [der.Reader(data)], 0
    while todo:
        reader = todo.pop()
        while reader.peek() is not None:
            tag = reader.peek()
            start, stop = reader.span()
            count += 1
            if tag & 0x20:
                todo.append(der.Reader(data, start, stop))
    return count


async def main():
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        before = micropython.mem_total()
        try:
            answer = {"is": await globals()[what](*[bytes.fromhex(argument) for argument in arguments])}
        except ValueError as error:
            answer = {"error": str(error)}
        answer["peak"] = micropython.mem_total() - before
        print(json.dumps(answer))


asyncio.run(main())
