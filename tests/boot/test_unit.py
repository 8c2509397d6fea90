"""What `make firmware` makes of a board, its image in the flash and switched on: from /boot.py to a charging car."""

import pytest

from tests.boot.unit import BOARDS, build, flash, switch_on
from tests.csms.fake import run
from tools.build.filesystems import read_littlefs
from tools.csms import CentralSystem


@run
@pytest.mark.parametrize("board, journal", [
    (BOARDS[0], False),  # on a stock MicroPython, whose partition table has no journal
    pytest.param(BOARDS[1], True, marks=pytest.mark.prove),
])
async def test_new_unit_opens_its_console_reads_its_meter_and_charges_with_its_central_system(board, journal, tmp_path):
    async with CentralSystem() as csms:
        built = build(board, tmp_path, csms)
        image = flash(built)
        said, told, files = await switch_on(built, image, journal, 24, b"status\r\n")
        assert len(files) > 100 and all(path.startswith(("/slots/a/", "/lib/")) for path in files), files
        assert "installer> status" in said and "connector 1: Available" in said
        assert ("no partition 'journal'" in said) is not journal
        kept = read_littlefs(image.read_bytes())
        assert any(path.startswith("data/journal/") for path in kept) is not journal and kept.items() >= built.root.items()
        charging, ended = (fields for name, fields in told if name == "end")
        assert charging["closed"] and [fields["wh"] for name, fields in told if name == "meter"][-1] > 5
        point = csms.point("NEW-1")
        assert len(point.boots) == 1 and point.status[1] == "Charging", point.status
        (transaction,) = csms.transactions
        assert transaction.open and transaction.last_wh > 5
        assert "stopped: no contactor closes" in said and not told[-2][1]["command"]
        csms.check()
