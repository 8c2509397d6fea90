"""Certification cases of the charge point's role, each run through `rudved sim`; the table stands at the end of the output."""

import pytest

from tests.cert import core, firmware, power, profiles, security, smart
from tests.cert.book import run_chapter
from tests.csms.fake import run

ALL = (core, firmware, power, profiles, security, smart)
CHAPTERS = {one.__name__.rpartition(".")[2]: getattr(one, "HEAP", None) for one in ALL}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_case_of_the_chapter_passes(chapter, record_property):
    outcome = []

    @run
    async def whole():
        outcome.extend(await run_chapter(chapter, CHAPTERS[chapter]))

    whole()
    record_property("cert", [(number, title, bool(wrong)) for number, title, wrong in outcome])
    assert outcome
    broken = [f"{number} {title}\n{wrong}" for number, title, wrong in outcome if wrong]
    assert not broken, "\n\n".join(broken)
