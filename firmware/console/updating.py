"""`update`: firmware brought over this line or from a server, installed, and taken back.

For programs: `update begin`, then `update data AT CRC32 BASE64` for piece after piece, the first AT 0; each answer's `at` is where
to go on, also after a piece that was refused or whose answer was lost. After the last, `done` is true: all of it has been checked.
"""
import binascii

from firmware.console.answers import Answer, Refusal
from firmware.update.updater import BundleError


def _updater(console):
    updater = console.app.updater
    if updater is None:
        raise Refusal("ABSENT", "this charger has no slots to update")
    return updater


def _place(slot):
    return "what is built in" if slot == "-" else "slot %s" % slot


def status(console, args):
    facts = _updater(console).status()
    lines = ["firmware %s runs from %s%s" % (facts["version"], _place(facts["slot"]), ", on trial" if facts["trial"] else "")]
    lines.append("before it: " + _place(facts["back"]) if facts["back"] else "no other firmware to go back to")
    if facts["ready"]:
        lines.append("firmware %s lies ready: `update apply`" % facts["ready"])
    elif facts["at"] is not None:
        lines.append("received: %d of %s bytes" % (facts["at"], facts["size"] or "?"))
    if facts["error"]:
        lines.append("last error: " + facts["error"])
    if facts["outcome"]:
        lines.append("last update: " + facts["outcome"])
    return Answer(facts, lines)


async def begin(console, args):
    updater = _updater(console)
    if updater.taken and args != ("anew",):
        raise Refusal("BUSY", "a bundle is being received (%d bytes so far); `update begin anew` drops it" % updater.at)
    _may_write(console)
    try:
        await updater.begin()
    except (BundleError, ValueError) as error:
        raise Refusal("FAILED", str(error))
    return Answer({"at": 0}, ["the slot is empty; `update data 0 CRC32 BASE64` next"])


async def data(console, args):
    updater = _updater(console)
    if updater.at is None:
        raise Refusal("NOTHING", "no bundle is being received: `update begin`, then from 0")
    try:
        at, crc, piece = int(args[0]), int(args[1], 16), binascii.a2b_base64(args[2])
    except (ValueError, IndexError):
        raise Refusal("USAGE", "update data AT CRC32 BASE64; goes on at %d" % updater.at)
    if binascii.crc32(piece) != crc:
        raise Refusal("NOISE", "the piece came damaged; goes on at %d" % updater.at)
    if at > updater.at:
        raise Refusal("LOST", "a piece is missing: goes on at %d" % updater.at)
    fresh = piece[updater.at - at:]     # of a piece whose answer was lost, nothing is
    if fresh:
        _may_write(console)
        try:
            await updater.feed(fresh)
        except BundleError as error:
            raise Refusal("FAILED", "%s; nothing changed" % error)
    done = updater.ready is not None
    return Answer({"at": updater.at, "done": done}, ["%d bytes%s" % (updater.at, ": all is there, `update apply`" if done else "")])


async def fetch(console, args):
    updater = _updater(console)
    if len(args) != 1:
        raise Refusal("USAGE", "update fetch URL")
    if updater.taken:
        raise Refusal("BUSY", "a bundle is being received")
    console.say("fetching; waits while a vehicle charges, Ctrl-C stops")
    if not await updater.fetch(args[0]):
        raise Refusal("FAILED", updater.error)
    return Answer({"ready": updater.ready}, ["firmware %s lies ready: `update apply`" % updater.ready])


async def apply(console, args):
    updater = _updater(console)
    ready = updater.ready
    if not ready:
        raise Refusal("NOTHING", "no firmware lies ready: `update fetch URL`, or `rudved update` at the other end of this line")
    if not await updater.install():
        raise Refusal("FAILED", updater.error)
    return Answer({"version": ready}, ["firmware %s starts as soon as no session runs, and stays once it has proved itself" % ready])


async def back(console, args):
    try:
        await _updater(console).go_back()
    except (BundleError, ValueError) as error:
        raise Refusal("NOTHING", str(error))
    return Answer(None, ["the firmware before this one starts as soon as no session runs"])


def cancel(console, args):
    _updater(console).cancel()
    return Answer(None, ["dropped"])


def _may_write(console):
    if not console.app.updater.may_write():
        raise Refusal("BUSY", "a contactor is closed: no flash is written")
