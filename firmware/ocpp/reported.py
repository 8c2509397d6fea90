"""A session as the central system is told of it: its records, its transaction, its times."""
from firmware.storage import records


class Reported:
    """A session on its way to the central system, from its BEGIN until its END is delivered.

    `seq` (of BEGIN), `id` (charging's), `begin` (records.Begin), `transaction` (None until answered, -1 when given up),
    `status` of its card, `before_wh` {context: register of the last sample}.
    """

    def __init__(self, record, journal):
        self.seq = record.seq
        self.begin = records.decode_begin(record.payload)
        self.id = "%d-%08x" % (record.seq, self.begin.salt)
        self.transaction = None
        self.status = 0
        self.before_wh = {}
        self._journal = journal
        self._boot = record.boot
        self._up_s = record.up_s
        self._began = record.utc_s
        self._last = 0

    @property
    def began(self):
        """UTC seconds. To be asked once the clock is known, as all times here."""
        if self._began is None:
            self._began = self._journal.utc_at(self._boot, self._up_s)
        return self._began

    def within(self, boot, up_s, utc_s):
        """UTC seconds of a moment of this session. Within one boot it is counted from the session's beginning, so that
        a corrected clock neither turns time back nor stretches the session.
        """
        if boot == self._boot:
            return self.began + up_s - self._up_s
        return max(self.began, utc_s or self._journal.utc_at(boot, up_s))

    def moment(self, boot, up_s, utc_s):
        """As `within`, for messages that follow one another: never before the one told last."""
        self._last = max(self.within(boot, up_s, utc_s), self._last)
        return self._last
