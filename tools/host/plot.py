"""A curve of dots in a terminal: braille characters, two dots wide and four high each."""

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def chart(series, wide, high, low, top, unit):
    """Lines of text: of each of the series the newest values at the right, None where there is none; `low` to `top` from
    bottom to top."""
    cells = [[0] * wide for _ in range(high)]
    for values in series:
        values = values[-2 * wide :]
        before = None
        for column, value in enumerate(values, 2 * wide - len(values)):
            row = None if value is None else _row(value, high, low, top)
            if row is not None:
                # joined to the dot before, so that a step is seen as one
                for dot in range(min(row, row if before is None else before), max(row, row if before is None else before) + 1):
                    cells[dot // 4][column // 2] |= _DOTS[dot % 4][column % 2]
            before = row
    marks = {0: top, high - 1: low}
    if low < 0 < top:
        marks[_row(0, high, low, top) // 4] = 0
    lines = []
    for number, cell in enumerate(cells):
        mark = f"{marks[number]:g} {unit}" if number in marks else ""
        lines.append(f"{mark:>8} ┤" + "".join(chr(0x2800 + dots) for dots in cell))
    return lines


def _row(value, high, low, top):
    share = (top - min(max(value, low), top)) / (top - low)
    return round(share * (4 * high - 1))
