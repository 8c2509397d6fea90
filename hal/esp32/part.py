"""Parts that not every board has: only those that are fitted are imported, and so take memory."""


def part(module, name):
    """`name` of hal.esp32.<module>."""
    return getattr(__import__("hal.esp32." + module, None, None, (name,)), name)
