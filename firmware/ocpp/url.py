"""Addresses taken apart: of the central system, with the charger's identity put behind it, and of files."""


class Endpoint:
    """`host`, `port`, `secure` (wss) and `path`, the charger's identity included and percent-encoded. ValueError."""

    def __init__(self, url, identity):
        if not identity:
            raise ValueError("ChargePointId is empty")
        self.secure, self.host, self.port, path = split(url, "ws", 80, 443)
        if "?" in path:
            raise ValueError("%r has a query, where the charger's name must stand" % url)
        if path and not path.endswith("/"):
            path += "/"
        self.path = "/" + path + quote(identity)

    def authority(self):
        """As it stands in the Host line: the default port is left out."""
        host = "[%s]" % self.host if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else "%s:%d" % (host, self.port)


def split(url, scheme, port, secure_port):
    """(secure, host, port, path without its first stroke) of a URL of that scheme or of it with an s; ValueError."""
    name, mark, rest = url.partition("://")
    name = name.lower()
    if not mark or name not in (scheme, scheme + "s"):
        raise ValueError("%r does not begin with %s:// or %ss://" % (url, scheme, scheme))
    secure = name != scheme
    authority, _, path = rest.partition("/")
    host, number = _host_port(authority)
    try:
        port = int(number) if number else secure_port if secure else port
    except ValueError:
        port = 0
    if not host or not 0 < port < 65536 or "@" in authority or not _plain(authority + path):
        raise ValueError("%r is not like %ss://host:port/path" % (url, scheme))
    return secure, host, port, path


def quote(text):
    """Percent-encode all but RFC 3986's unreserved characters."""
    out = ""
    for byte in text.encode():
        c = chr(byte)
        out += c if byte < 128 and (c.isalpha() or c.isdigit() or c in "-._~") else "%%%02X" % byte
    return out


def _host_port(authority):
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, port[1:]
    host, _, port = authority.partition(":")
    return host, port


def _plain(text):
    """No blanks and no controls: a header line must not be broken by them."""
    return all("!" <= c <= "~" and c != "#" for c in text)
