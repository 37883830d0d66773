"""What goes away comes back: the store stops, dies, answers too late; the provider closes a connection it has used; the
daemon is asked to stop in the middle. Nothing is lost, nothing sent twice, and nobody has to start anything again."""

import collections
import json
import signal
import threading
import time

import pytest

from house import a_case, until
from provider import ACCEPT, LATER, LOSE_REQUEST, Provider

E164 = "84912345678"
FIRST_S, NEXT_S = 2.5, 0.5                       # an answer in time while the store is away: at first, and once that is known


@pytest.fixture
def providers():
    made = []

    def make(**parts):
        made.append(Provider(**parts))
        return made[-1]

    yield make
    for p in made:
        p.close()


class Gate:
    """Holds a provider's answers back until it is opened."""

    def __init__(self):
        self.open = threading.Event()
        self.waiting = 0

    def __call__(self, message):
        self.waiting += 1
        assert self.open.wait(30)


def numbered(n):
    return [a_case(f"O-{i}", f"09{30000000 + i}") for i in range(n)]


def post_all(house, cases):
    status, _, body = house.call("POST", "/v1/cases", "\n".join(json.dumps(c) for c in cases), kind="application/x-ndjson")
    assert status == 200
    return [json.loads(line)["status"] for line in body.decode().splitlines()]


def told(house, event):
    """How many surveys tell of it."""
    return len({e["survey"] for e in house.entries("events") if e["event"] == event})


def timed(call):
    began = time.monotonic()
    status, headers, _ = call()
    return status, headers, time.monotonic() - began


AWAY = [("stopped", lambda r: r.process.send_signal(signal.SIGSTOP), lambda r: r.process.send_signal(signal.SIGCONT)),
        ("killed", lambda r: r.stop(signal.SIGKILL), lambda r: r.start())]


@pytest.mark.parametrize("name,go,come", AWAY, ids=[row[0] for row in AWAY])
def test_the_store_is_away(house, name, go, come):
    before, meanwhile = a_case("O-before"), a_case("O-meanwhile", "0987654321")
    assert house.post(before)[0] == 202
    house.texts("0912345678", 1)
    go(house.redis)
    for limit in (FIRST_S, NEXT_S, NEXT_S):
        status, headers, took = timed(lambda: house.post(meanwhile))
        assert status == 503 and int(headers["Retry-After"]) > 0 and took < limit, (status, took)
    status, headers, took = timed(lambda: house.call("POST", "/v1/sandbox/replies", {"from": "0912345678", "text": "1"}))
    assert status == 503 and int(headers["Retry-After"]) > 0 and took < NEXT_S
    status, headers, took = timed(lambda: house.call("GET", "/v1/cases/O-before"))
    assert status == 503 and int(headers["Retry-After"]) > 0 and took < NEXT_S
    assert house.try_get("/healthz") == 200 and house.try_get("/readyz") == 503
    come(house.redis)
    until(lambda: house.try_get("/readyz") == 200, "the store back")
    assert house.post(meanwhile)[0] in (200, 202) and house.post(before)[0] == 200
    house.texts("0987654321", 1)
    house.reply("0912345678", "1")
    house.texts("0912345678", 2)
    assert [e["case"] for e in house.entries("scores")] == ["O-before"]


def test_a_push_while_the_store_is_away(houses, providers):
    p = providers()
    h = p.settle_in(houses()).start()
    h.post(a_case("O-1"))
    until(lambda: p.texts[E164], "the text")
    h.redis.stop(signal.SIGKILL)
    until(lambda: h.try_get("/readyz") == 503, "the store missed")
    assert p.answer(h, E164, "1", "mo-1") == 503 and p.receipt(h, p.texts[E164][0].ref) == 503
    h.redis.start()
    until(lambda: p.answer(h, E164, "1", "mo-1") == 200, "the repeated push")
    assert p.answer(h, E164, "1", "mo-1") == 200 and p.receipt(h, p.texts[E164][0].ref) == 200
    assert len(h.entries("scores")) == len(h.entries("followups")) == 1


def test_results_wait_for_the_store(houses, providers):
    """The provider answers while the store is away: what it said is known and is stored when it is back."""
    gate = Gate()
    p = providers(before_answer=gate)
    h = p.settle_in(houses(), more="rate = 10000 connections = 16").start()
    assert post_all(h, numbered(16)) == [202] * 16
    until(lambda: gate.waiting == 16, "all at the provider")
    h.redis.stop(signal.SIGKILL)
    until(lambda: h.try_get("/readyz") == 503, "the store missed")
    gate.open.set()
    until(lambda: p.running == 0, "all answered")
    h.redis.start()
    until(lambda: told(h, "sent") == 16, "all settled")
    assert told(h, "unknown") == 0 and set(p.seen.values()) == {1}


@pytest.mark.parametrize("store", ("there", "away"))
def test_stop_in_the_middle(houses, providers, store):
    """Asked to stop with messages on their way: their results are stored before it ends, also when the store has to
    come back for that."""
    gate = Gate()
    p = providers(before_answer=gate)
    h = p.settle_in(houses(), more="rate = 10000 connections = 16").start()
    assert post_all(h, numbered(40)) == [202] * 40
    until(lambda: gate.waiting == 16, "as many at the provider as it takes")
    if store == "away":
        h.redis.stop(signal.SIGKILL)
        until(lambda: h.try_get("/readyz") == 503, "the store missed")
    h.daemon.terminate()
    until(lambda: "stopping" in h.log(), "the stop")
    gate.open.set()
    if store == "away":
        until(lambda: p.running == 0, "all answered")
        h.redis.start()
    assert h.daemon.wait(20) == 0, h.log()       # asked once: a second time would mean at once
    assert told(h, "unknown") == 0 and told(h, "sent") >= 16
    h.start(clock="+61s")                        # what was claimed and not begun keeps its lease
    until(lambda: told(h, "sent") == 40, "the rest")
    assert told(h, "unknown") == 0 and set(p.seen.values()) == {1} and len(p.seen) == 40


def test_settings_change_in_the_middle(houses, providers):
    """Loaded again, twice, with messages on their way over channels that are no longer the settings'."""
    gate = Gate()
    p = providers(before_answer=gate)
    h = p.settle_in(houses(), more="rate = 10000 connections = 8").start()
    for loaded in (1, 2):
        assert post_all(h, numbered(24)[8 * loaded - 8:8 * loaded]) == [202] * 8
        until(lambda: gate.waiting == 8 * loaded, "all at the provider")
        p.settle_in(h, more=f"rate = {1000 * loaded} connections = 8")
        h.daemon.send_signal(signal.SIGHUP)
        until(lambda: h.log().count("settings loaded again") == loaded, "the new settings")
    assert post_all(h, numbered(24)[16:]) == [202] * 8
    gate.open.set()
    until(lambda: told(h, "sent") == 24, "all settled")
    assert told(h, "unknown") == 0 and set(p.seen.values()) == {1}
    assert h.stop() == 0


def test_no_hidden_resend(houses, providers):
    """A provider that reads a request on a connection it has answered on before, and closes: the library would send it
    again by itself. A thousand times unknown, a thousand times once."""
    N = 2400                                     # a connection may be new more often than the provider closes one
    p = providers(fate=lambda message, served: LOSE_REQUEST if served else ACCEPT)
    h = p.settle_in(houses(redis_options=("--appendfsync", "no")), more="rate = 10000 connections = 4").start()
    assert post_all(h, numbered(N)) == [202] * N
    until(lambda: len(p.seen) == N and not p.running, "all at the provider", limit=60)
    until(lambda: told(h, "unknown") + told(h, "sent") == N, "an outcome for all")
    fates = collections.Counter(f for fs in p.fates.values() for f in fs)
    print(dict(fates))
    assert set(p.seen.values()) == {1} and len(p.seen) == N
    assert told(h, "unknown") == fates[LOSE_REQUEST] >= 1000 and told(h, "sent") == fates[ACCEPT]


def test_a_receipt_proves_what_the_provider_denied(houses, providers):
    """"Try again later", it said, and delivered: the message is not sent again."""
    p = providers(fate=lambda message, served: LATER, headers={"Retry-After": "600"})
    h = p.settle_in(houses()).start()
    h.post(a_case("O-1"))
    until(lambda: told(h, "not_sent"), "the refusal")
    (ref,) = p.seen
    assert p.receipt(h, ref) == 200
    (m,) = h.survey("O-1")["messages"]
    assert (m["state"], h.survey("O-1")["state"]) == ("delivered", "asked")
    ((_, due),) = [job for n in range(16) for job in h.redis.link.zrange(f"hl:{{{n}}}:due", 0, -1, withscores=True)]
    assert due / 1000 > time.time() + 86400      # the end of the survey, not another try
    assert p.seen == {ref: 1}


def test_repeats_without_an_id(houses, providers):
    """A link that gives no ids repeats a push over the turn of a minute: it counts once."""
    p = providers()
    h = p.settle_in(houses()).start(clock="@2026-11-24 03:00:59")
    h.post(a_case("O-1", closed_at="2026-11-24T02:00:00+00:00"))
    until(lambda: p.texts[E164], "the request")
    p.answer(h, E164, "1", "")
    until(lambda: len(p.texts[E164]) == 2, "the question")
    assert p.answer(h, E164, "C", "") == 200
    h.stop()
    h.start(clock="@2026-11-24 03:01:01")
    assert p.answer(h, E164, "C", "") == 200
    h.stop()
    h.start(clock="@2026-11-24 03:03:00")
    assert p.answer(h, E164, "C", "") == 200     # said again, not repeated
    assert len([e for e in h.entries("events") if e["event"] == "reply"]) == 3
    assert len(h.entries("scores")) == 1
