"""Who may do what at the console: roles, the device's own secrets, the maker's one-time codes, and patience with guessers."""
import hashlib

from micropython import const

from firmware.console.answers import Answer, Refusal
from firmware.crypto import hmac
from firmware.storage.journal import JournalFull

ROLES = ("viewer", "installer", "factory")
_SECRETS = {"installer": "InstallerSecret", "factory": "FactorySecret"}

_IDLE_S = const(900)                    # nobody has typed for so long: back to viewer
_FREE_TRIES = const(3)
_FIRST_WAIT_S = const(10)               # after the last free try; doubles with each further one ...
_LONGEST_WAIT_S = const(900)            # ... up to this
_EVENT_PAUSE_S = const(60)
_CODE_LIFE_S = const(259200)            # 72 h
_CODE_CHARACTERS = const(10)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"      # Crockford's: nothing that is read out wrongly


class Access:
    """`role` is what whoever types may do now. Wrong tries are counted over restarts (setting LoginFailures).

    While InstallerSecret is empty, holding the serial cable is what makes an installer; `open_door` tells so.
    """

    def __init__(self, settings, clock, random, serial):
        self._settings = settings
        self._clock = clock
        self._random = random
        self._serial = serial
        self._role = None
        self._challenge = self._asked = None
        self._until_s = 0
        self._used_s = clock.up_s()
        self._failures = settings.get("LoginFailures")
        if self._failures >= _FREE_TRIES:
            self._until_s = clock.up_s() + _wait_s(self._failures)

    @property
    def open_door(self):
        return not self._settings.get("InstallerSecret")

    @property
    def role(self):
        return self._role or ("installer" if self.open_door else "viewer")

    def allows(self, role):
        return ROLES.index(self.role) >= ROLES.index(role)

    def need(self, role):
        if not self.allows(role):
            raise Refusal("DENIED", "this needs the %s role: `login %s`" % (role, role))

    def used(self):
        """Somebody types. True when nobody had for long."""
        now = self._clock.up_s()
        idle = now - self._used_s >= _IDLE_S
        self._used_s = now
        return idle

    def step(self):
        """To be called now and then; True when this ended a login."""
        if self._role and self._clock.up_s() - self._used_s >= _IDLE_S:
            self._role = None
            return True
        return False

    def logout(self):
        self._role = None

    # Proving who one is

    def may_try(self, role):
        """Refusal where `role` cannot be proven now."""
        if role not in _SECRETS:
            raise Refusal("USAGE", "roles to log in as: installer, factory")
        left_s = self._until_s - self._clock.up_s()
        if left_s > 0:
            raise Refusal("WAIT", "too many wrong tries: wait %d s" % left_s)
        if not self._settings.get(_SECRETS[role]) and not self._settings.get("FactorySecret"):
            raise Refusal("NOTHING", "no secret is set that could prove the %s role" % role)

    def login(self, role, given):
        """`given` is the role's secret, or the maker's code to the challenge shown last. Refusal WRONG or WAIT."""
        self.may_try(role)
        secret, by_code = self._settings.get(_SECRETS[role]), self._code(role)
        if by_code and same(by_code, given.strip().upper()):
            self._challenge = None
        elif not (secret and same(secret, given)):
            self._count(self._failures + 1)
            raise Refusal("WRONG")
        self._role = role
        self._used_s = self._clock.up_s()
        if self._failures:
            self._count(0)

    def _count(self, failures):
        """In RAM first: that it cannot be kept must not make guessing free."""
        self._failures = failures
        if failures >= _FREE_TRIES:
            self._until_s = self._clock.up_s() + _wait_s(failures)
        try:
            self._settings.set("LoginFailures", failures, inside=True)
        except (OSError, JournalFull):
            pass

    def challenge(self, role):
        """A new challenge: its answer opens `role` once, for 72 h."""
        self.may_try(role)
        if not self._settings.get("FactorySecret"):
            raise Refusal("NOTHING", "no factory secret is set, so nobody can answer")
        self._challenge = _letters(self._random(5))
        self._asked = (role, self._clock.up_s())
        return self._challenge

    def _code(self, role):
        if self._challenge is None or self._asked[0] != role or self._clock.up_s() - self._asked[1] > _CODE_LIFE_S:
            return None
        return answer(self._settings.get("FactorySecret"), self._serial, role, self._challenge)

    def keep(self, role, secret):
        """A new secret for `role`, at once."""
        self.need("factory" if role == "factory" and self._settings.get("FactorySecret") else "installer")
        if self.open_door and role == "installer":
            self._role = self._role or "installer"
        self._settings.set(_SECRETS[role], secret)


def answer(secret, serial, role, challenge):
    """What the maker answers to a challenge: the first 10 characters of HMAC-SHA256 in base 32."""
    text = "rudved-code 1 %s %s %s" % (serial, role, challenge)
    return _letters(hmac.hmac_sha256(secret.encode(), text.encode()))[:_CODE_CHARACTERS]


def same(a, b):
    """Equality that takes as long whatever differs, and however long either is."""
    return hmac.same(hashlib.sha256(a.encode()).digest(), hashlib.sha256(b.encode()).digest())


def _letters(data):
    """Bytes in base 32, five at a time."""
    out = ""
    for at in range(0, len(data) - 4, 5):
        bits = int.from_bytes(data[at:at + 5], "big")
        for shift in range(35, -1, -5):
            out += _ALPHABET[bits >> shift & 31]
    return out


def _wait_s(failures):
    return min(_FIRST_WAIT_S << min(failures - _FREE_TRIES, 10), _LONGEST_WAIT_S)


# Commands

async def login(console, args):
    role = args[0] if args else "installer"
    console.access.may_try(role)
    given = await console.ask("secret or code: ")
    try:
        console.access.login(role, given)
    except Refusal:
        console.app.security.put("LoginFailed", "console, " + role, _EVENT_PAUSE_S)
        raise
    return Answer({"role": role}, ["You are %s until `logout`, or 15 minutes after the last key." % role])


def logout(console, args):
    console.access.logout()
    return Answer({"role": console.access.role}, ["You are %s." % console.access.role])


def code(console, args):
    role = args[0] if args else "installer"
    challenge = console.access.challenge(role)
    serial = console.app.hal.identity["serial"]
    return Answer({"serial": serial, "role": role, "challenge": challenge, "valid_h": 72}, [
        "Tell the maker: %s %s %s" % (serial, role, challenge),
        "Then `login %s` and type the answer. It is good once, for 72 hours or until a restart." % role])


async def secret(console, args):
    role = args[0] if args else "installer"
    if role not in _SECRETS:
        raise Refusal("USAGE", "secrets there are: installer, factory")
    first = await console.ask("new secret, 8 to 64 characters: ")
    if first != await console.ask("once more: "):
        raise Refusal("WRONG", "the two differ; nothing changed")
    if not first:
        raise Refusal("USAGE", "an empty secret is none; nothing changed")
    console.access.keep(role, first)
    return Answer({"role": role}, ["The %s secret is set." % role])
