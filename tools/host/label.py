"""A unit's label: a QR code and a few lines beside it, as SVG and PNG, to be printed 62 mm x 29 mm."""

import os
from pathlib import Path
from xml.sax.saxutils import escape

import segno
from PIL import Image, ImageDraw, ImageFont

_WIDE_MM, _HIGH_MM, _QR_MM, _EDGE_MM = 62, 29, 25, 2
_DOTS_A_MM = 12  # 305 dpi, what label printers have
_BLANK = 4  # modules around the code that stay white (ISO/IEC 18004)
_BIG_MM, _SMALL_MM = 3.6, 2.6
_LINES = 7


def code(text):
    """The QR code of a text, error correction M: survives a scratch."""
    return segno.make(text, error="m", micro=False)


def write(folder, name, qr_text, lines, private=False):
    """`name`.svg and `name`.png in `folder`: the paths. The first of the lines is the largest; `private` files are for their owner."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    qr, lines = code(qr_text), [line for line in lines if line][:_LINES]
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    with open(svg, "w", encoding="utf-8", opener=_private if private else None) as file:
        file.write(_svg(qr, lines))
    with open(png, "wb", opener=_private if private else None) as file:
        _png(qr, lines).save(file, "PNG", dpi=(25.4 * _DOTS_A_MM,) * 2)
    return svg, png


def _private(path, flags):
    return os.open(path, flags, 0o600)


def _places(lines):
    """(text, size in mm, baseline in mm from the top) of each line."""
    at = _EDGE_MM
    for number, line in enumerate(lines):
        size = _SMALL_MM if number else _BIG_MM
        at += size * 1.25
        yield line, size, at


def _svg(qr, lines):
    side = len(qr.matrix) + 2 * _BLANK
    dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(qr.matrix, _BLANK) for x, dark in enumerate(row, _BLANK) if dark)
    left, scale = _QR_MM + _EDGE_MM * 1.5, _QR_MM / side
    texts = "\n".join(
        f'<text x="{left:g}" y="{y:.2f}" font-size="{size}">{escape(line)}</text>' for line, size, y in _places(lines)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE_MM}mm" height="{_HIGH_MM}mm" viewBox="0 0 {_WIDE_MM} {_HIGH_MM}">
<rect width="{_WIDE_MM}" height="{_HIGH_MM}" fill="#fff"/>
<path transform="translate({_EDGE_MM / 2:g} {(_HIGH_MM - _QR_MM) / 2:g}) scale({scale:.5f})" d="{dots}"/>
<g font-family="sans-serif">
{texts}
</g>
</svg>
"""


def _png(qr, lines):
    image = Image.new("L", (_WIDE_MM * _DOTS_A_MM, _HIGH_MM * _DOTS_A_MM), 255)
    draw = ImageDraw.Draw(image)
    side = len(qr.matrix) + 2 * _BLANK
    dot = _QR_MM * _DOTS_A_MM // side  # whole dots: sharp edges
    left, top = _EDGE_MM * _DOTS_A_MM // 2, (image.height - dot * side) // 2
    for y, row in enumerate(qr.matrix, _BLANK):
        for x, dark in enumerate(row, _BLANK):
            if dark:
                draw.rectangle((left + x * dot, top + y * dot, left + x * dot + dot - 1, top + y * dot + dot - 1), fill=0)
    for line, size, baseline in _places(lines):
        font = ImageFont.load_default(size * _DOTS_A_MM)
        draw.text(((_QR_MM + _EDGE_MM * 1.5) * _DOTS_A_MM, baseline * _DOTS_A_MM), line, fill=0, font=font, anchor="ls")
    return image
