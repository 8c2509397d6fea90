"""Reading the fields of a command: types and ranges, with errors that name the field and what is allowed."""

from hal.sim.world.errors import WorldError

_OURS = ("id", "do", "connector")


def only(command, fields, allowed):
    """Refuse fields that the command does not have."""
    for name in sorted(fields):
        if name not in allowed and name not in _OURS:
            raise WorldError("%s: no field %r; allowed: %s" % (command, name, ", ".join(allowed) or "none"))


def _refuse(command, name, value, allowed):
    raise WorldError("%s: %s is %r; allowed: %s" % (command, name, value, allowed))


def is_number(value):
    """True for an int or float; a boolean is not a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def number(command, fields, name, low, high, default=None, kind="number"):
    """A number low..high, or `default` when it is not there. REQUIRED as default means it must be."""
    value = fields.get(name, default)
    if value is REQUIRED:
        raise WorldError("%s: %s is missing" % (command, name))
    if name in fields:
        right = is_number(value) and low <= value <= high and (kind == "number" or value == int(value))
        if not right:
            _refuse(command, name, value, "a %s %s..%s" % (kind, low, high))
    return value


def whole(command, fields, name, low, high, default=None):
    """A whole number low..high."""
    value = number(command, fields, name, low, high, default, "whole number")
    return value if value is None else int(value)


def flag(command, fields, name, default=None):
    """True or False."""
    value = fields.get(name, default)
    if name in fields and not isinstance(value, bool):
        _refuse(command, name, value, "true or false")
    return value


def choice(command, fields, name, choices, default=None):
    """One of `choices`."""
    value = fields.get(name, default)
    if value not in choices:
        if name not in fields:
            raise WorldError("%s: %s is missing; allowed: %s" % (command, name, ", ".join([str(c) for c in choices])))
        _refuse(command, name, value, ", ".join([str(c) for c in choices]) or "none on this board")
    return value


class REQUIRED:
    """As a default: the field must be there."""
