"""Where the central system is: the base URL of the settings taken apart, the charger's identity put behind it."""


class Endpoint:
    """`host`, `port`, `secure` (wss) and `path`, the charger's identity included and percent-encoded."""

    def __init__(self, url, identity):
        scheme, mark, rest = url.partition("://")
        scheme = scheme.lower()
        if not mark or scheme not in ("ws", "wss"):
            raise ValueError("CsmsUrl %r does not begin with ws:// or wss://" % url)
        if not identity:
            raise ValueError("ChargePointId is empty")
        self.secure = scheme == "wss"
        authority, _, path = rest.partition("/")
        self.host, port = _host_port(authority)
        try:
            self.port = int(port) if port else 443 if self.secure else 80
        except ValueError:
            self.port = 0
        if not self.host or not 0 < self.port < 65536 or not _plain(authority + path):
            raise ValueError("CsmsUrl %r is not like wss://host:port/path" % url)
        if path and not path.endswith("/"):
            path += "/"
        self.path = "/" + path + quote(identity)

    def authority(self):
        """As it stands in the Host line: the default port is left out."""
        host = "[%s]" % self.host if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else "%s:%d" % (host, self.port)


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
    """No blanks, controls, user names or queries: a header line or a path must not be broken by them."""
    return all("!" <= c <= "~" and c not in "@?#" for c in text)
