"""The statements of the ledger of an edition; those of every turn are compiled once (store/prepared.py)."""

from sqlalchemy import and_, bindparam, delete, exists, func, insert, literal_column, null, or_, select, update

from bot.domain.edition import RecipientState
from bot.domain.mailing import CLAIM
from bot.store.lanes import ALL, not_paused
from bot.store.mail_tables import claims, editions, memberships, recipients, shards, subscribers, suppressions
from bot.store.tables import leases

_SHARD = and_(shards.c.edition_id == bindparam("of"), shards.c.n == bindparam("shard"))
_RANGE = and_(
    recipients.c.edition_id == bindparam("of"),
    recipients.c.subscriber_id >= bindparam("from_id"),
    recipients.c.subscriber_id <= bindparam("to_id"),
)
_HOLD = (
    update(leases)
    .where(leases.c.kind == literal_column("'edition'"), leases.c.name == bindparam("called"))
    .where(leases.c.token == bindparam("mine"))
    .values(until=bindparam("end"))
)
_STAND = (
    select(
        *(shards.c.first, shards.c.next, shards.c.last, editions.c.state, editions.c.newsletter),
        (~not_paused(literal_column(f"'{ALL}'"))).label("stopped"),
    )
    .join(editions, editions.c.id == shards.c.edition_id)
    .where(_SHARD)
)
_SENT = {"state": literal_column("'sent'"), "attempts": recipients.c.attempts + literal_column("1")}
_FRESH_SENT = (
    update(recipients)
    .where(_RANGE, recipients.c.state == literal_column("'waiting'"))
    .values(at=bindparam("moment"), **_SENT)
)
_AGAIN_SENT = (
    update(recipients)
    .where(_RANGE, recipients.c.state == literal_column("'later'"), recipients.c.claim_id == bindparam("claim"))
    .values(at=bindparam("moment"), claim_id=null(), **_SENT)
)
_COUNT = (
    update(shards)
    .where(_SHARD)
    .values({name: shards.c[name] + bindparam(f"more_{name}") for name in ("sent", "refused", "unsure", "left")})
    .values(next=bindparam("next_id"))
)
_READS = and_(
    subscribers.c.state == literal_column("'active'"),
    exists().where(
        memberships.c.newsletter == bindparam("paper"),
        memberships.c.subscriber_id == recipients.c.subscriber_id,
        memberships.c.until.is_(None),
    ),
    ~exists().where(
        suppressions.c.digest == subscribers.c.digest,
        or_(suppressions.c.newsletter == literal_column("''"), suppressions.c.newsletter == bindparam("paper")),
    ),
)
_WHO = select(
    recipients.c.subscriber_id.label("id"),
    subscribers.c.address,
    subscribers.c.name,
    recipients.c.attempts,
    _READS.label("reads"),
).outerjoin(subscribers, subscribers.c.id == recipients.c.subscriber_id)
_NEXT = _WHO.where(_RANGE).order_by(recipients.c.subscriber_id).limit(literal_column(str(CLAIM)))
_DUE = (
    _WHO.where(
        _RANGE,
        recipients.c.state == literal_column("'later'"),
        recipients.c.claim_id.is_(None),
        recipients.c.next_at <= bindparam("moment"),
    )
    .order_by(recipients.c.next_at)
    .limit(literal_column(str(CLAIM)))
)
NEXT_DUE = select(func.min(recipients.c.next_at)).where(
    _RANGE, recipients.c.state == RecipientState.LATER, recipients.c.claim_id.is_(None)
)
_CLAIMED = (
    insert(claims)
    .values(edition_id=bindparam("of"), shard=bindparam("shard"), first=bindparam("from_id"), last=bindparam("to_id"))
    .values(again=bindparam("again"), token=bindparam("mine"), at=bindparam("moment"))
    .returning(claims.c.id)
)
_DONE = delete(claims).where(claims.c.id == bindparam("claim"))
ONE = update(recipients).where(
    recipients.c.edition_id == bindparam("of"), recipients.c.subscriber_id == bindparam("who")
)
PUT_OFF = ONE.values(state=RecipientState.LATER, next_at=bindparam("then"), at=bindparam("moment"))
HOT = {
    "hold": _HOLD,
    "stand": _STAND,
    "fresh sent": _FRESH_SENT,
    "again sent": _AGAIN_SENT,
    "count": _COUNT,
    "next": _NEXT,
    "due": _DUE,
    "claimed": _CLAIMED,
    "done": _DONE,
}
