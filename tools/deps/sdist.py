"""Fetch an sdist as it is, through pip's own package finder and session.

Packages made for upip carry no `setup.py`, so `pip download` cannot even name their metadata. pip's finder knows every
index, mirror, proxy and certificate the machine is configured for; asking it keeps addresses out of this repository.
This is private API of pip, which is why requirements-build.lock pins pip, and why it is used in this file alone.
"""

import hashlib
import pathlib

try:
    from pip._internal.commands import create_command
    from pip._internal.network.download import Downloader
    from pip._vendor.packaging.requirements import Requirement
except ImportError as e:
    raise SystemExit(f"sdist.py does not know this version of pip ({e}); run it with the pinned .venv") from e


def fetch(requirement, sha256, folder):
    """Download the sdist of `requirement` ("name==version") into `folder`.

    Returns its path; ends with a message if its SHA-256 is not `sha256`.
    """
    command = create_command("download")
    options, _ = command.parse_args(["--no-deps", "--quiet"])
    wanted = Requirement(requirement)
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session)
        link = finder.find_best_candidate(wanted.name, wanted.specifier).best_candidate
        if link is None:
            raise SystemExit(f"{requirement}: no index that pip knows has it")
        # pip 23 takes (link, folder) and returns a pair; later versions the same
        path, _ = Downloader(session, "off")(link.link, str(folder))
    path = pathlib.Path(path)
    got = hashlib.sha256(path.read_bytes()).hexdigest()
    if got != sha256:
        path.unlink()
        raise SystemExit(f"{requirement}: SHA-256 is {got}, expected {sha256}")
    return path
