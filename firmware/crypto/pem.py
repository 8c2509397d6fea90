"""PEM (RFC 7468): DER in base64 between two lines."""
import binascii


def decode(text, label="CERTIFICATE"):
    """The DER of every block with that label, in order. ValueError where a block is cut off or is no base64."""
    begin, end = "-----BEGIN %s-----" % label, "-----END %s-----" % label
    found, at = [], text.find(begin)
    while at >= 0:
        stop = text.find(end, at)
        if stop < 0:
            raise ValueError("PEM has a %s that does not end" % label)
        body = "".join(text[at + len(begin):stop].split())
        try:
            # MicroPython passes over what is no base64, so that is looked for first
            if not body or len(body) % 4 or body.strip(_ALPHABET):
                raise ValueError
            found.append(binascii.a2b_base64(body.encode()))
        except ValueError:
            raise ValueError("PEM has a %s that is no base64" % label)
        at = text.find(begin, stop)
    return found


def encode(data, label="CERTIFICATE"):
    """A block of lines of 64 characters."""
    body = binascii.b2a_base64(data).decode().strip()
    lines = [body[i:i + 64] for i in range(0, len(body), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label, "\n".join(lines), label)


_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
