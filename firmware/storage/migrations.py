"""Settings that an older firmware wrote become today's: one step a version, run in order on {name: text}, in place.

Whoever renames a setting, or lets it take less than before, adds a step. A step may meet texts that are new already (a
commit kept in the journal, a firmware that fell back and came again): those it leaves alone. A text that comes to mean
something else therefore gets a new name.
"""
from firmware.storage.keys import ROTATIONS

_NAME = "@version"                      # among the settings of a slot: an older firmware carries along what it does not know


def _rotations(texts):
    """2: ConnectorPhaseRotation took any words. What is no connector.rotation said nothing to anybody, and goes."""
    members = [member.strip() for member in texts.get("ConnectorPhaseRotation", "").split(",")]
    good = [member for member in members if member.partition(".")[0].isdigit() and member.partition(".")[2] in ROTATIONS]
    if len(good) < len(members):
        texts.pop("ConnectorPhaseRotation", None)
        if good:
            texts["ConnectorPhaseRotation"] = ",".join(good)


STEPS = (_rotations,)
VERSION = len(STEPS) + 1


def migrate(texts, version):
    """Bring `texts`, written as `version` has it, to today's. One of a newer firmware stays as it is."""
    for step in STEPS[max(version, 1) - 1:]:
        step(texts)


def mark(texts):
    """Write into a slot's `texts` which version they are of."""
    texts[_NAME] = str(VERSION)


def unmark(texts):
    """Take that out again: the version, 1 where none is told."""
    version = texts.pop(_NAME, "1")
    return int(version) if version.isdigit() else 1
