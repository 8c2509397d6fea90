"""Curves of the report: a box with a grid, an axis each way, dots or a line."""

import math

_WIDE, _HIGH, _LEFT = 150, 56, 16  # mm
_GRID = 4


def pilot(burst):
    """(x axis, y axis, series) of a burst, folded onto one period of the pilot (1 ms) that begins as it rises:
    microseconds, volts."""
    mv, step_us = burst["mv"], burst["interval_us"]
    rise = next((index for index in range(1, len(mv)) if mv[index - 1] < 0 < mv[index]), 0)
    points = sorted(((index - rise) * step_us % 1000, value / 1000) for index, value in enumerate(mv))
    return (0, 1000, "us"), (-15, 15, "V"), (("dots", (30, 80, 160), points),)


def load(curve):
    """(x axis, y axis, series) of a load test: seconds, watts; the energy as a second line, scaled to end at the top."""
    times = [point["t_s"] for point in curve]
    watts = [point["power_w"] or 0 for point in curve]
    top = _round_up(max(*watts, 1))
    energy = [(point["t_s"], point["wh"]) for point in curve if point["wh"] is not None]
    series = [("line", (30, 80, 160), list(zip(times, watts)))]
    if energy and energy[-1][1]:
        most = _round_up(max(wh for _, wh in energy))
        series.append((f"line:{most:g} Wh", (200, 120, 30), [(t_s, wh * top / most) for t_s, wh in energy]))
    return (0, max(times[-1], 1), "s"), (0, top, "W"), series


def _round_up(value):
    """The next 1, 2, 4, 5 or 8 of a power of ten."""
    ten = 10 ** math.floor(math.log10(value))
    return next(step * ten for step in (1, 2, 4, 5, 8, 10) if step * ten >= value)


def draw(pdf, across, up, series):
    """Draw at the cursor and move below. An axis is (lowest, highest, unit); a series (how, colour, points)."""
    left, top = pdf.l_margin + _LEFT, pdf.get_y() + 2

    def place(x, y):
        x = (x - across[0]) / (across[1] - across[0])
        y = (y - up[0]) / (up[1] - up[0])
        return left + min(max(x, 0), 1) * _WIDE, top + (1 - min(max(y, 0), 1)) * _HIGH

    _grid(pdf, left, top, across, up)
    for how, colour, points in series:
        pdf.set_draw_color(*colour)
        pdf.set_fill_color(*colour)
        pdf.set_line_width(0.4)
        placed = [place(*point) for point in points]
        if how == "dots":
            for x, y in placed:
                pdf.ellipse(x - 0.45, y - 0.45, 0.9, 0.9, "F")
        else:
            pdf.polyline(placed)
        _, _, mark = how.partition(":")
        if mark:
            pdf.set_text_color(*colour)
            pdf.set_xy(left + _WIDE - 40, top + 0.5)
            pdf.cell(39, 4, f"top: {mark}", align="R")
    pdf.set_line_width(0.2)
    pdf.set_xy(pdf.l_margin, top + _HIGH + 7)


def _grid(pdf, left, top, across, up):
    pdf.set_line_width(0.1)
    pdf.set_draw_color(205)
    pdf.set_text_color(90)
    pdf.set_font(pdf.font_family, "", 7)
    for step in range(_GRID + 1):
        x, y = left + _WIDE * step / _GRID, top + _HIGH * (1 - step / _GRID)
        pdf.line(x, top, x, top + _HIGH)
        pdf.line(left, y, left + _WIDE, y)
        pdf.set_xy(left - _LEFT, y - 2)
        pdf.cell(_LEFT - 1, 4, f"{up[0] + (up[1] - up[0]) * step / _GRID:g} {up[2]}", align="R")
        pdf.set_xy(x - 12, top + _HIGH + 0.5)
        pdf.cell(24, 4, f"{across[0] + (across[1] - across[0]) * step / _GRID:g} {across[2]}", align="C")
