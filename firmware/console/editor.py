"""The line being typed: editing, history, completion, and drawing it on a terminal. Knows nothing of commands.

Noise is part of the job: a line that is too long or holds bytes that are no text is swallowed to its end and told as such.
"""
from micropython import const

WIDTH = const(79)
MAX_BYTES = const(512)
_HISTORY = const(16)
_REMEMBERED = const(120)            # longer lines are pasted, not typed: not worth the memory

TEXT, LONG, NOISE = "text", "long", "noise"

_ESC = const(1)
_CSI = const(2)
_CSI_MOST = const(8)
_KEYS = b"\x01\x02\x04\x05\x06\x08\x09\x0b\x0c\x0e\x10\x15\x17\x7f"     # Ctrl-A B D E F H I K L N P U W, rubout
_ENDS = b"A\x10B\x0eC\x06D\x02H\x01F\x05"      # ESC [ A and so on: up, down, right, left, home, end; and what they are as a key
_TILDES = b"1\x017\x014\x058\x053\x04"          # ESC [ 1 ~ and so on: home, home, end, end, delete


class Editor:
    """`feed(byte)` gives None until Enter, then (TEXT, line), (LONG, "") or (NOISE, "").

    `write(bytes)` draws; `complete(line up to the cursor) -> (list of candidates, length of the word they complete)`.
    Ctrl-C is the caller's. `echo`: draw what is typed; `hidden`: take it in without a trace (secrets; without
    a prompt not even an empty line is drawn).
    """

    def __init__(self, write, complete):
        self._write = write
        self._complete = complete
        self._history = []
        self._buffer = bytearray()
        self._at = 0                # cursor, in bytes
        self._state = self._wrong = 0
        self._sequence = b""
        self._back = 0              # how far up the history
        self._after_cr = False
        self._late = False          # more is typed than is drawn
        self.prompt = ""
        self.echo = True
        self.hidden = False

    def begin(self, prompt="", hidden=False):
        """A new line."""
        self.prompt, self.hidden = prompt, hidden
        self.forget()
        if self.echo:
            self._write(prompt.encode())

    def feed(self, byte):
        after_cr, self._after_cr = self._after_cr, byte == 13
        if byte == 13 or (byte == 10 and not after_cr):
            return self._enter()
        if byte == 10:
            return None
        if self._state:
            self._escape(byte)
        elif byte == 27:
            self._state, self._sequence = _ESC, b""
        elif byte in _KEYS:
            self._key(byte)
        elif byte < 32:
            self._spoil(NOISE)
        else:
            self._insert(byte)
        return None

    # Drawing

    def show(self):
        """Draw what is not drawn yet; to be called after a burst of bytes. A paste is not worth a drawing for each."""
        if self._late:
            self.draw()

    def draw(self):
        """The whole line anew; of a long one the part around the cursor."""
        self._late = False
        if not self.echo:
            return
        if self.hidden:
            if self.prompt:
                self._write(b"\r" + self.prompt.encode() + b"\x1b[K")
            return
        room = WIDTH - len(self.prompt)
        text, cursor = self._shown(self._buffer), len(self._shown(self._buffer[:self._at]))
        start = max(0, cursor - room + 1)
        text = text[start:start + room]
        left = len(text) - (cursor - start)
        self._write(("\r%s%s\x1b[K%s" % (self.prompt, text, "\x1b[%dD" % left if left else "")).encode())

    def wipe(self):
        """Take the line off the screen, for something else to be printed; `draw` brings it back."""
        if self.echo:
            self._write(b"\r\x1b[K")

    def _shown(self, data):
        try:
            return bytes(data).decode()
        except UnicodeError:
            return "".join(chr(byte) if byte < 127 else "?" for byte in data)

    # What is typed

    def _insert(self, byte):
        if self._wrong:
            return
        if len(self._buffer) >= MAX_BYTES:
            self._spoil(LONG)
            return
        buffer, at = self._buffer, self._at
        if at == len(buffer):
            buffer.append(byte)
        else:
            self._buffer = buffer[:at] + bytes((byte,)) + buffer[at:]
        self._at = at + 1
        if self.hidden:
            return
        if self._at == len(self._buffer) and byte < 127 and len(self.prompt) + self._at < WIDTH:
            if self.echo:
                self._write(bytes((byte,)))
        else:
            self._late = True

    def _spoil(self, how):
        """No line can come of this any more; its memory goes at once."""
        self._wrong = how
        self._buffer, self._at = bytearray(), 0

    def _enter(self):
        wrong, line = self._wrong, b"" if self._wrong else bytes(self._buffer)
        hidden = self.hidden
        self.show()
        self.forget()
        if self.echo and (self.prompt or not hidden):
            self._write(b"\r\n")
        if wrong:
            return wrong, ""
        try:
            line = line.decode()
        except UnicodeError:
            return NOISE, ""
        if line.strip() and not hidden and len(line) <= _REMEMBERED and self._history[-1:] != [line]:
            self._history.append(line)
            del self._history[:-_HISTORY]
        return TEXT, line

    def forget(self):
        """Drop what is typed, without drawing."""
        self._buffer, self._at, self._late = bytearray(), 0, False
        self._state = self._wrong = self._back = 0

    # Keys

    def _key(self, key):
        """One of _KEYS."""
        at, end = self._at, len(self._buffer)
        if key == 1:
            self._at = 0
        elif key == 5:
            self._at = end
        elif key == 2:
            self._at = self._step(-1)
        elif key == 6:
            self._at = self._step(1)
        elif key == 8 or key == 127:
            self._cut(self._step(-1), at)
        elif key == 4:
            self._cut(at, self._step(1))
        elif key == 11:
            self._cut(at, end)
        elif key == 21:
            self._wrong = 0
            self._cut(0, at)
        elif key == 23:
            words = bytes(self._buffer[:at]).rstrip(b" ")
            self._cut(words.rfind(b" ") + 1, at)
        elif key == 9:
            self._tab()
        elif key != 12:
            self._recall(1 if key == 16 else -1)
        self.draw()

    def _step(self, by):
        """The next character's place: bytes 80 to BF go on with the one before."""
        at, buffer = self._at + by, self._buffer
        while 0 < at < len(buffer) and buffer[at] & 0xC0 == 0x80:
            at += by
        return min(max(at, 0), len(buffer))

    def _cut(self, start, end):
        self._buffer = self._buffer[:start] + self._buffer[end:]
        self._at = start

    def _recall(self, by):
        back = self._back + by
        if self.hidden or not 0 <= back <= len(self._history):
            return
        self._back = back
        self._wrong = 0
        self._buffer = bytearray(self._history[-back].encode() if back else b"")
        self._at = len(self._buffer)

    def _tab(self):
        if self.hidden or self._wrong or not self.echo:
            return
        candidates, typed = self._complete(self._shown(self._buffer[:self._at]))
        if not candidates:
            return
        common = candidates[0]
        for candidate in candidates:
            while not candidate.startswith(common):
                common = common[:-1]
        rest = common[typed:] + (" " if len(candidates) == 1 else "")
        if rest:
            rest = rest.encode()
            if len(self._buffer) + len(rest) <= MAX_BYTES:
                self._buffer = self._buffer[:self._at] + rest + self._buffer[self._at:]
                self._at += len(rest)
        else:
            self._write(b"\r\n" + "\r\n".join(columns(candidates)).encode() + b"\r\n")

    def _escape(self, byte):
        if self._state == _ESC:
            self._state = _CSI if byte in (0x5B, 0x4F) else 0
            return
        if 0x20 <= byte < 0x40:
            self._sequence += bytes((byte,))
            if len(self._sequence) > _CSI_MOST:
                self._state = 0
                self._spoil(NOISE)
            return
        self._state = 0
        codes, code = (_TILDES, self._sequence) if byte == 0x7E else (_ENDS, bytes((byte,)))
        at = codes.find(code)
        if len(code) == 1 and at >= 0:
            self._key(codes[at + 1])


def columns(words):
    """Words side by side, as many as fit a line."""
    wide = max([len(word) for word in words]) + 2
    count = max(1, WIDTH // wide)
    lines = []
    for i in range(0, len(words), count):
        line = "".join([word + " " * (wide - len(word)) for word in words[i:i + count]])
        lines.append(line.rstrip())
    return lines
