"""Hot loops in native code, and the same text as plain Python where the interpreter has no native emitter."""

import sys

_EMITTERS = ("@micropython.viper", "@micropython.native")


def native(module, name):
    """The function `name` of `module`, whose text is plain Python but for the lines that name an emitter."""
    try:
        return getattr(__import__(module, None, None, (name,)), name)
    except SyntaxError:
        return _plain(module)[name]


def plain(module):
    """The names of `module` as plain Python where there is no emitter; None where it can be imported as it is."""
    try:
        __import__(module)
        return None
    except SyntaxError:
        return _plain(module)


def _plain(module):
    file = module.replace(".", "/") + ".py"
    for folder in sys.path:
        try:
            with open(folder + "/" + file if folder else file) as text:
                lines = [line for line in text if line.strip() not in _EMITTERS]
        except OSError:
            continue
        names = {"__name__": module}
        exec("".join(lines), names)
        return names
    raise ImportError("no text of " + module)
