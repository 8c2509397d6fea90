"""Certification cases of the charge point's role, each run through `rudved sim`; the table stands at the end of the output."""

import pytest

from tests.cert import core, power, profiles, security, smart
from tests.cert.book import run_chapter
from tests.csms.fake import run

CHAPTERS = [one.__name__.rpartition(".")[2] for one in (core, power, profiles, smart, security)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_case_of_the_chapter_passes(chapter, record_property):
    outcome = []

    @run
    async def whole():
        outcome.extend(await run_chapter(chapter))

    whole()
    record_property("cert", [(number, title, bool(wrong)) for number, title, wrong in outcome])
    assert outcome
    broken = [f"{number} {title}\n{wrong}" for number, title, wrong in outcome if wrong]
    assert not broken, "\n\n".join(broken)
