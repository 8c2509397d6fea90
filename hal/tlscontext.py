"""A TLS client's context out of certificates: the one part of a network that is the same on every hal."""

import tls


def client_context(roots, client):
    """A context from an iterator over roots and (chain, key) or None, in DER; OSError where there is nothing to check against."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    count = 0
    try:
        for root in roots:
            context.load_verify_locations(root)
            count += 1
        if client:
            chain, key = client
            for certificate in chain:
                context.load_cert_chain(certificate, key)
    except ValueError as error:         # the port's "invalid cert", "invalid key"
        raise OSError("a certificate or key in the store cannot be used: %s" % error)
    if not count:
        raise OSError("no root certificate in the store: the central system cannot be checked")
    return context
