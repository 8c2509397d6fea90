"""`card`: what the charger knows of cards, and its own list of them (setting KnownCards)."""
from micropython import const

from firmware.console.answers import Answer, Refusal, table, words

_TAP_MS = const(15000)
_SHOWN = const(50)


def list_(console, args):
    """Those whose idTag begins so, at most 50."""
    begins, rows, more = args[0].upper() if args else "", [], 0
    for where, card, info in _known(console.app):
        if not card.startswith(begins):
            continue
        if len(rows) < _SHOWN:
            rows.append({"where": where, "card": card, "status": info["status"], "group": info["parent"]})
        else:
            more += 1
    if not rows:
        return Answer({"cards": [], "more": 0}, ["no card is known" + (" that begins so" if begins else "")])
    lines = table([["where", "card", "status", "group"]] + [
        [row["where"], row["card"], row["status"], words(row["group"])] for row in rows])
    return Answer({"cards": rows, "more": more}, lines + (["and %d more: `card list BEGINNING`" % more] if more else []))


def _known(app):
    authorisation = app.charger.authorisation
    for card in app.settings.get("KnownCards"):
        yield "own", card, authorisation.OWN
    for where, source in (("list", authorisation.local_list), ("cache", authorisation.cache)):
        if source is not None:
            for card, info in source.entries():
                yield where, card, info


async def tapped(console):
    """The idTag of the next card; the tap starts nothing. Refusal ABSENT or TIMEOUT."""
    if console.app.hal.reader is None:
        raise Refusal("ABSENT", "no card reader is fitted")
    console.say("tap a card within %d s" % (_TAP_MS // 1000))
    return await console.next_card(_TAP_MS)


async def learn(console, args):
    """Says what the next card is called and what is known of it."""
    app = console.app
    id_tag = await tapped(console)
    how, info = app.charger.authorisation.known(id_tag)
    status = info["status"] if info else "unknown here: the central system would be asked"
    lines = ["card %s: %s%s" % (id_tag, status, " (%s)" % how if how else "")]
    if app.cards.random:
        lines.append("its number is made up anew at each tap (a phone, mostly): it can name nobody")
    return Answer({"card": id_tag, "known": how or None, "status": info["status"] if info else None, "random": app.cards.random}, lines)


async def add(console, args):
    """One named on the line, else the next that is tapped, comes into the charger's own list."""
    card = (args[0] if args else await tapped(console)).upper()
    if not args and console.app.cards.random:
        raise Refusal("FAILED", "its number is made up anew at each tap (a phone, mostly): it can name nobody")
    known = console.app.settings.get("KnownCards")
    if "," in card or card in known:
        raise Refusal("SETTING", "%s: %s" % (card, "is in the list already" if card in known else "one card at a time"))
    return _keep(console, known + (card,), "added: " + card)


def remove(console, args):
    known = console.app.settings.get("KnownCards")
    if args[0].upper() not in known:
        raise Refusal("NOTHING", "%s is not in the charger's own list; `card list` shows it" % args[0])
    return _keep(console, tuple(card for card in known if card != args[0].upper()), "removed: " + args[0].upper())


def _keep(console, cards, line):
    console.changes.make({"KnownCards": cards}, console.access.role)
    return Answer({"cards": list(cards)}, ["%s; %d in the charger's own list" % (line, len(cards))])
