"""The data folder: flash images, and what outlives an interpreter, so that a run may go on where the last one ended."""

import fcntl
import json
import os
import shutil
import tempfile
from pathlib import Path

_STATE = "world.json"


class BadData(Exception):
    """The folder cannot be used; the text says why."""


class Data:
    """`folder` None makes a fresh one that goes with the run. `state` is the world as it was left, None for a new one."""

    def __init__(self, folder, board):
        self._fleeting = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="rudved-sim-") if folder is None else folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = open(self.folder / "lock", "w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadData(f"{self.folder}: another simulator runs on it") from None
        except OSError as error:
            raise BadData(f"{self.folder}: {error.strerror}") from None
        self._board = board
        self.state = self._load()

    files = property(lambda self: str(self.folder.absolute() / "files.img"))
    journal = property(lambda self: str(self.folder.absolute() / "journal.img"))

    def save(self, state):
        """Keep what an interpreter handed over."""
        self.state = state
        if not self._fleeting:
            fresh = self.folder / (_STATE + ".new")
            with open(fresh, "w") as f:
                json.dump({"board": self._board, "state": state}, f)
                f.flush()
                os.fsync(f.fileno())
            fresh.replace(self.folder / _STATE)

    def close(self):
        self._lock.close()
        if self._fleeting:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _load(self):
        try:
            kept = json.loads((self.folder / _STATE).read_text())
            board, state = kept["board"], kept["state"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadData(f"{self.folder / _STATE}: cannot be read ({error})") from None
        if board != self._board:
            raise BadData(f"{self.folder} is the data of a {board}, not of a {self._board}")
        return state
