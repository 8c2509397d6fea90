"""A pseudo-terminal with a thread at one end, for tests whose subject opens the other as a serial port."""

import os
import pty
import threading
import tty


class Line:
    """`with Line() as line:` runs `_serve` beside the test; `port` is the end to open.

    A subclass reads and writes `_line` in `_serve` and returns once `_stop` can be read.
    """

    def __init__(self):
        self._line, self._far = pty.openpty()
        for end in (self._line, self._far):
            tty.setraw(end)
        self.port = os.ttyname(self._far)
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.close(self._stopped)
        self._thread.join()
        for end in (self._stop, self._line, self._far):
            os.close(end)

    def _serve(self):
        raise NotImplementedError
