"""Authorisations on their way to a vehicle: which connector a card goes to."""
from firmware.charging.authorisation import same_group, same_text


class Token:
    """An authorisation that waits for its vehicle: id_tag, parent, how (reasons.BEGAN), until_s (of Clock.up_s, None for
    ever)."""

    def __init__(self, id_tag, parent, how, until_s):
        self.id_tag = id_tag
        self.parent = parent
        self.how = how
        self.until_s = until_s

    def over(self, clock):
        return self.until_s is not None and clock.up_s() >= self.until_s


class Reservation:
    """A connector kept for a card: id (of who reserved), id_tag, parent ("" none)."""

    def __init__(self, id, id_tag, parent=""):
        self.id = id
        self.id_tag = id_tag
        self.parent = parent

    def allows(self, token):
        """For anything with id_tag and parent."""
        return same_text(token.id_tag, self.id_tag) or same_group(self.parent, token.parent)


class Tokens:
    """Gives tokens to the `connectors`; `waiting` lists those that go to whichever is plugged in next."""

    def __init__(self, house):
        self._house = house
        self.waiting = []

    def new(self, id_tag, parent, how):
        """A token that lasts ConnectionTimeOut from now."""
        timeout_s = self._house.settings.get("ConnectionTimeOut")
        return Token(id_tag, parent, how, self._house.clock.up_s() + timeout_s if timeout_s else None)

    def candidates(self, token, connector_id=None):
        """Connectors that could take this token."""
        return [connector for connector in self._house.connectors
                if connector_id in (None, connector.id) and connector.free and connector.refusal(token) is None]

    def place(self, token, connector_id=None):
        """Give a token to a waiting connector, the newest plug first, or let it wait for a plug. Why not, or None."""
        candidates = self.candidates(token, connector_id)
        if not candidates:
            return self._why_none(token, connector_id)
        if not self._give(token, candidates):
            if len(candidates) == 1:
                candidates[0].token = token
            else:
                self.waiting.append(token)
        return None

    def hand_out(self):
        """Tokens that wait for any connector: expire, or go to the vehicle that was plugged in."""
        for token in list(self.waiting):
            if token.over(self._house.clock):
                self.waiting.remove(token)
                self._house.emit("card.expired", None, token.id_tag)
            elif self._give(token, self.candidates(token)):
                self.waiting.remove(token)

    def forget(self, id_tag):
        """The same card again before a vehicle came: it is not wanted any more. True when there was one."""
        for token in self.waiting:
            if same_text(token.id_tag, id_tag):
                self.waiting.remove(token)
                self._house.emit("card.cancelled", None, id_tag)
                return True
        for connector in self._house.connectors:
            token = connector.token
            if token is not None and same_text(token.id_tag, id_tag) and not connector.plugged:
                connector.token = None
                self._house.emit("card.cancelled", connector, id_tag)
                return True
        return False

    def _give(self, token, candidates):
        """To the newest plug that waits, one whose session has just ended last."""
        plugged = [connector for connector in candidates if connector.waiting]
        if plugged:
            max(plugged, key=lambda connector: (not connector.spent, connector.plugged_s or 0)).token = token
        return bool(plugged)

    def _why_none(self, token, connector_id):
        for connector in self._house.connectors:
            if connector_id in (None, connector.id):
                why = connector.refusal(token)
                if why:
                    return why
        return "occupied"
