"""Hot loops in native code, and the same text as plain Python where the interpreter has no native emitter (wasm32)."""

import sys


def native(module, name):
    """The function `name` of `module`, whose text is plain Python but for the line `@micropython.viper`."""
    try:
        return getattr(__import__(module, None, None, (name,)), name)
    except SyntaxError:
        return _plain(module)[name]


def _plain(module):
    file = module.replace(".", "/") + ".py"
    for folder in sys.path:
        try:
            with open(folder + "/" + file if folder else file) as text:
                lines = [line for line in text if line.strip() != "@micropython.viper"]
        except OSError:
            continue
        names = {"__name__": module}
        exec("".join(lines), names)
        return names
    raise ImportError("no text of " + module)
