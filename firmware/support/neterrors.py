"""What the network's errors mean, in words for whoever stands before the charger."""

_WORDS = (b"ECONNREFUSED~nothing listens at that address and port\n"
          b"EHOSTUNREACH~there is no way to that address\n"
          b"ENETUNREACH~there is no way to that network\n"
          b"ETIMEDOUT~no answer in time\n"
          b"ECONNRESET~the other end broke off\n"
          b"addrinfo~no such name is known (DNS)\n"
          b"-202~no such name is known (DNS)\n")      # what lwIP's resolver says on the chip


def told(error):
    """An OSError as text, with its meaning where that is known: "nothing listens at that address and port (ECONNREFUSED)"."""
    text = str(error)
    at = 0
    while at < len(_WORDS):
        end = _WORDS.find(b"\n", at)
        sign, _, meaning = str(_WORDS[at:end], "utf-8").partition("~")
        if sign in text:
            return "%s (%s)" % (meaning, sign)
        at = end + 1
    return text
