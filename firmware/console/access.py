"""Who may do what at the console: roles, the device's own secrets, the maker's one-time codes, and patience with guessers."""
import hashlib

from micropython import const

from firmware.console.answers import Answer, Refusal
from firmware.storage.journal import JournalFull

ROLES = ("viewer", "installer", "factory")
SECRETS = {"installer": "InstallerSecret", "factory": "FactorySecret"}

_IDLE_S = const(900)                    # nobody has typed for so long: back to viewer
_FREE_TRIES = const(3)
_FIRST_WAIT_S = const(10)               # after the last free try; doubles with each further one ...
_LONGEST_WAIT_S = const(900)            # ... up to this
_EVENT_PAUSE_S = const(60)
_CODE_LIFE_S = const(259200)            # 72 h


class Access:
    """`role` is what whoever types may do now. Wrong tries are counted over restarts (setting LoginFailures).

    While InstallerSecret is empty, holding the serial cable is what makes an installer; `open_door` tells so.
    """

    def __init__(self, settings, clock):
        self._settings = settings
        self._clock = clock
        self._role = None
        self._expected = ("", "", 0)    # role, the maker's answer that opens it, until when
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
        """Refusal DENIED unless the role that is logged in is at least this one."""
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
        if role not in SECRETS:
            raise Refusal("USAGE", "roles to log in as: installer, factory")
        left_s = self._until_s - self._clock.up_s()
        if left_s > 0:
            raise Refusal("WAIT", "too many wrong tries: wait %d s" % left_s)
        if not self._settings.get(SECRETS[role]) and not self._settings.get("FactorySecret"):
            raise Refusal("NOTHING", "no secret is set that could prove the %s role" % role)

    def login(self, role, given):
        """`given` is the role's secret, or the maker's code to the challenge shown last. Refusal WRONG or WAIT."""
        self.may_try(role)
        secret, (opens, answer, until_s) = self._settings.get(SECRETS[role]), self._expected
        if opens == role and self._clock.up_s() <= until_s and same(answer, given.strip().upper()):
            self.expect("", "")
        elif not (secret and same(secret, given)):
            self._count(self._failures + 1)
            raise Refusal("WRONG", "the secret or code is not right")
        self.grant(role)
        if self._failures:
            self._count(0)

    def grant(self, role):
        """Whoever types is `role` from now on."""
        self._role = role
        self._used_s = self._clock.up_s()

    def expect(self, role, answer):
        """`answer` opens `role` once, for 72 h; nothing else that was expected before does."""
        self._expected = (role, answer, self._clock.up_s() + _CODE_LIFE_S)

    def _count(self, failures):
        """In RAM first: that it cannot be kept must not make guessing free."""
        self._failures = failures
        if failures >= _FREE_TRIES:
            self._until_s = self._clock.up_s() + _wait_s(failures)
        try:
            self._settings.set("LoginFailures", failures, inside=True)
        except (OSError, JournalFull):
            pass


def same(a, b):
    """Equality whose time tells nothing of either: where two hashes differ first, nobody can choose."""
    return hashlib.sha256(a.encode()).digest() == hashlib.sha256(b.encode()).digest()


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
