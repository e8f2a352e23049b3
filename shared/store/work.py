"""The unit of work: one call, one shop, one transaction or one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.errors import ConnectionFailure, DuplicateKeyError, PyMongoError, WriteConcernError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.access.caller import Caller
from shared.contracts.events import Outgoing
from shared.contracts.wire import Wire
from shared.errors import Busy, Unknown
from shared.runtime.clock import Deadline, pause
from shared.runtime.ids import jitter
from shared.store import commands
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.scope import Chain, Shop

R = TypeVar("R", bound=Wire)

BUDGET_S = 2.5
ABORT_S = 1.0
_FIRST_CEILING_S = 0.004
_LAST_CEILING_S = 0.12


class DoneBefore(Exception):
    """This command was done before: its answer stands in the commands."""


class Nothing(Wire):
    """The reply of work that answers nobody."""


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What a transaction's body decided: the reply, and the events that leave with it."""

    reply: R
    events: tuple[Outgoing, ...] = ()


@dataclass
class Tally:
    """What happened in the call, for its log line and the nudge."""

    retries: int = 0
    events: int = 0


@dataclass(frozen=True)
class Work:
    """One call's work in one shop. `now` is the call's one moment; `trace_id` names the call in logs and events."""

    shop: Shop
    caller: Caller
    now: datetime
    deadline: Deadline
    trace_id: str
    key: CommandKey | None = None
    tally: Tally = field(default_factory=Tally)

    def require_new(self) -> None:
        """Raises DoneBefore when the command is on record: for what it does beside its transaction."""
        if self.key is not None and commands.replayed(self.shop.db, self.key) is not None:
            raise DoneBefore

    def transact(self, body: Callable[[Shop], Outcome[R]]) -> R:
        """Run the body in a transaction with the command's record; all of it happens once, or nothing.

        The body does two or three database commands and nothing else, and may run several times: after a rival's
        write, or when a rival took a unique key first. Raises what the body raises (nothing written), DoneBefore,
        Busy (nothing written), or Unknown (ask again with the same requestId).
        """

        def whole(inside: Shop) -> Outcome[R]:
            outcome = body(inside)
            commands.record(inside, self._record(outcome), now=self.now)
            return outcome

        return self._committed(whole)

    def insert(
        self,
        add: Callable[[Shop, Document], None],
        outcome: Outcome[R],
        *,
        beside: Sequence[Callable[[Shop], None]] = (),
    ) -> R:
        """Do a command that is one document: `add` inserts it with the command's record, and that is all.

        What is to happen with it or not at all stands `beside` it: then all is one transaction, and what that raises is
        raised (nothing written). Raises DoneBefore, Busy (nothing written), or Unknown (ask again with the same
        requestId).
        """
        if not beside:
            return self._alone(add, outcome)

        def whole(inside: Shop) -> Outcome[R]:
            for step in beside:
                step(inside)
            add(inside, self._record(outcome))
            return outcome

        return self._committed(whole)

    def _alone(self, add: Callable[[Shop, Document], None], outcome: Outcome[R]) -> R:
        try:
            add(self.shop, self._record(outcome))
        except DuplicateKeyError as error:
            raise (DoneBefore if commands.ONE_COMMAND in str(error) else Busy) from error
        except PyMongoError as error:
            # A write that is done may still be reported as not yet safe: that, too, is not known.
            if unanswered(error) or isinstance(error, WriteConcernError):
                raise Unknown from error
            raise
        self.tally.events += len(outcome.events)
        return outcome.reply

    def _record(self, outcome: Outcome[R]) -> Document:
        return commands.record_fields(self.key, reply=outcome.reply, events=outcome.events, now=self.now)

    def _committed(self, whole: Callable[[Shop], Outcome[R]]) -> R:
        """Commit all that `whole` does, however often a rival or the network makes it begin again."""
        deadline = self.deadline.no_later_than(BUDGET_S)
        ceiling = _FIRST_CEILING_S
        while True:
            try:
                return self._once(whole, deadline)
            except DuplicateKeyError as error:
                if commands.ONE_COMMAND in str(error):
                    raise DoneBefore from error
                failure: PyMongoError = error
            except PyMongoError as error:
                if not _is_transient(error):
                    raise
                failure = error
            self.tally.retries += 1
            wait = jitter(ceiling)
            if deadline.left_s() <= wait:
                raise Busy from failure
            pause(wait)
            ceiling = min(ceiling * 2, _LAST_CEILING_S)

    def _once(self, whole: Callable[[Shop], Outcome[R]], deadline: Deadline) -> R:
        with self.shop.db.client.start_session() as session:
            session.start_transaction(read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority"))
            try:
                with pymongo.timeout(max(deadline.left_s(), 0.001)):
                    outcome = whole(self.shop.within(session))
            except BaseException:
                _abort(session)
                raise
            _commit(session, deadline)
        self.tally.events += len(outcome.events)
        return outcome.reply


@dataclass(frozen=True)
class Machine:
    """A machine's call over all shops at one moment: WeChat Pay's callback. What it tells counts in `tally`."""

    chain: Chain
    name: str
    now: datetime
    deadline: Deadline
    trace_id: str
    tally: Tally = field(default_factory=Tally)

    def work_in(self, shop_id: str) -> Work:
        """The machine's work in one shop, without a command of its own."""
        shop, caller = Shop(self.chain.db, shop_id), Caller(self.name, "system")
        return Work(shop, caller, self.now, self.deadline, self.trace_id, tally=self.tally)


def unanswered(error: Exception) -> bool:
    """Whether the database did not answer, so that nobody knows whether the command was done."""
    return isinstance(error, ConnectionFailure) or (isinstance(error, PyMongoError) and error.timeout)


def _abort(session: ClientSession) -> None:
    """Outside the body's time-out, with its own: past its deadline the driver would send nothing."""
    with pymongo.timeout(ABORT_S):
        session.abort_transaction()


def _commit(session: ClientSession, deadline: Deadline) -> None:
    while True:
        try:
            with pymongo.timeout(max(deadline.left_s(), ABORT_S)):
                session.commit_transaction()
            return
        except PyMongoError as error:
            if error.has_error_label("TransientTransactionError"):
                raise
            if not error.has_error_label("UnknownTransactionCommitResult") and not error.timeout:
                raise
            if deadline.left_s() <= 0:
                raise Unknown from error


def _is_transient(error: PyMongoError) -> bool:
    return error.has_error_label("TransientTransactionError") or error.timeout
