"""Death at every call: one survey from its case to the thanks, the daemon killed before and after each call to the store
and to the provider in turn, started again a lease later, and finished. Wherever it died, the end is the same. The same
with a store that freezes at each call and thaws when it is missed."""

import concurrent.futures
import datetime
import http.client
import json
import pathlib
import queue
import signal

import pytest
import redis

from house import a_case, running, until
from provider import Provider

LEASE_S = 61
NUMBER, E164 = "0912 345 678", "84912345678"
CASE = "K-1"
ENDS = ("sent", "evidence", "delivered", "unknown")
POLLS = ("next_due", "group_read", "trim")       # asked again and again, whatever happens
AT_ONCE = 4


class Life:
    """A house whose daemon may die once at a named call; it is started again without that, its clock one lease on."""

    whens, forgiven = ("before", "after"), True  # forgiven: a message that is marked unknown may be missing

    def __init__(self, house, crash=None):
        self.house, self.provider, self.died = house, Provider(), False
        self.provider.settle_in(house)
        house.redis.link.flushall()
        self.link = redis.Redis(unix_socket_path=str(house.redis.path), decode_responses=True, socket_timeout=0.5)
        self.log, self.calls = house.folder / "calls", []
        self.log.write_text("")
        house.env = {"HAILONG_CRASH_LOG": str(self.log), **({"HAILONG_CRASH": crash} if crash else {})}
        self.begin()

    def begin(self):
        self.house.daemon = self.house.spawn()

    def close(self):
        self.house.kill()
        self.provider.close()

    def alive(self):
        if running(self.house.daemon):
            return
        assert self.house.daemon.returncode == -signal.SIGKILL and not self.died, self.house.log()
        self.died = True
        del self.house.env["HAILONG_CRASH"]
        self.house.daemon = self.house.spawn(clock=f"+{LEASE_S}s")

    def insist(self, call, what):
        """As a careful client does: again until it is answered with a yes."""
        def look():
            self.alive()
            try:
                return call() in (200, 202)
            except (OSError, http.client.HTTPException):
                return False
        until(look, what)

    def settled(self, n):
        """Message n has come to an end, good or unknown. Read in the stream of events: no call of the daemon's own."""
        def look():
            self.alive()
            try:
                events = self.link.xrange("hl:{0}:events")
            except redis.RedisError:
                return False
            return any(e["event"] in ENDS and e["detail"].split(" ")[1] == str(n) for _, e in events)
        until(look, f"message {n} settled")

    def receive(self, n):
        """Message n: the provider tells what it delivered; it cannot tell of what never came."""
        for m in self.provider.texts[E164]:
            if m.ref.endswith(f".{n}"):
                self.insist(lambda: self.provider.receipt(self.house, m.ref), "the receipt")
                self.insist(lambda: self.provider.receipt(self.house, m.ref), "the repeated receipt")

    def say(self, text, event):
        """The citizen answers in any case: for us a message nobody knows of may have arrived."""
        self.insist(lambda: self.provider.answer(self.house, E164, text, event), "the answer")
        self.insist(lambda: self.provider.answer(self.house, E164, text, event), "the repeated answer")

    def be_asked(self):
        self.settled(0)
        self.receive(0)

    def answer(self):
        self.say("1", "mo-1")
        self.settled(1)
        self.receive(1)

    def give_reason(self):
        self.say("C", "mo-2")
        self.settled(2)
        self.receive(2)

    def note_calls(self):
        self.calls = [line.split(" ", 2) for line in self.log.read_text().splitlines()]

    def end(self):
        """What is to be the same in every life."""
        s = self.house.survey(CASE)
        entries = self.house.entries
        return {
            "state": s["state"], "score": s.get("score"), "reasons": s["reasons"], "class": s["class"],
            "texts": [m["text"] for m in s["messages"]],
            "scores": [(e["case"], e["kind"], e["score"], e["previous"], e["class"], e["match"]) for e in entries("scores")],
            "followups": [(e["case"], e["event"], e["class"], e["score"]) for e in entries("followups")],
            "leftovers": [len(entries(name)) for name in ("unmatched", "dead")],
            "heard": sum(e["event"] == "reply" for e in s["why"]),
            "surveys": len(list(self.house.redis.link.scan_iter("hl:{0}:survey:*"))),
        }


class Frost(Life):
    """The store freezes at the named call, thaws when it is missed, and a lease has passed: it carries out what it was
    asked, and nobody hears of it. Nothing died, so nothing may be given up."""

    whens, forgiven = ("before",), False

    def begin(self):
        self.house.env["HAILONG_CRASH_STOPS"] = str(self.house.redis.process.pid)
        self.house.daemon = self.house.spawn(clock="+0s")
        until(lambda: self.alive() or self.died or self.house.try_get("/readyz") == 200, "the daemon")

    def alive(self):
        assert running(self.house.daemon), self.house.log()
        stat = pathlib.Path(f"/proc/{self.house.redis.process.pid}/stat").read_text()
        if self.died or stat.rsplit(")", 1)[1].split()[0] != "T":
            return
        self.died = True
        until(lambda: self.house.try_get("/readyz") == 503, "the store missed")
        self.house.move_clock(f"+{LEASE_S}s")
        self.house.redis.process.send_signal(signal.SIGCONT)


def post(life):
    case = a_case(CASE, NUMBER)
    life.insist(lambda: life.house.post(case)[0], "the case taken")
    life.insist(lambda: life.house.post(case)[0], "the repeated case")


def over_http(life):
    """Posted and asked at once; a low score, its reason, thanks."""
    post(life)
    life.be_asked()
    life.answer()
    life.give_reason()
    life.note_calls()


def over_the_stream(life):
    """Read from the stream and planned; the due queue wakes it a moment later."""
    until(lambda: life.alive() or life.house.try_get("/readyz") == 200, "the daemon")
    now = datetime.datetime.now(datetime.timezone.utc)
    case = a_case(CASE, NUMBER, closed_at=(now - datetime.timedelta(seconds=9.2)).isoformat(timespec="milliseconds"))
    life.house.redis.link.xadd("hl:cases", {"json": json.dumps(case)})
    life.be_asked()
    until(lambda: life.alive() or life.house.redis.link.xpending("hl:cases", "hailong")["pending"] == 0, "all acknowledged")
    life.note_calls()
    life.answer()


def with_hasty_receipt(life):
    """The provider tells of the delivery before it answers the request."""
    life.provider.before_answer = lambda message: life.provider.receipt(life.house, message.ref)
    post(life)
    life.be_asked()
    life.note_calls()
    life.answer()


# How to live, what to walk (note_calls: death beyond this is another road's), and the survey's delay.
ROADS = {"http": (Life, over_http, "0s"), "stream": (Life, over_the_stream, "10s"),
         "hasty receipt": (Life, with_hasty_receipt, "0s"), "frozen store": (Frost, over_http, "0s")}


def live(house, road, crash=None):
    kind, walk, _ = ROADS[road]
    life = kind(house, crash)
    try:
        walk(life)
        if crash:
            until(lambda: life.alive() or life.died, f"death at {crash}")
            until(lambda: house.ready(), "life after it")
        return life.end(), life.calls, faults(life)
    except AssertionError:
        print(f"{road}, killed at {crash}:\n{house.log()[-3000:]}")
        raise
    finally:
        life.close()


def faults(life):
    """What no death excuses: a text sent twice, one that is missing without a word, a stranger's request."""
    s, p, found = life.house.survey(CASE), life.provider, []
    told = {e["detail"].split(" ")[1] for e in s["why"] if e["event"] == "unknown"}
    for n, m in enumerate(s["messages"]):
        if p.seen[m["ref"]] > 1:
            found.append(f"{m['ref']} sent {p.seen[m['ref']]} times")
        if p.seen[m["ref"]] == 0 and not (life.forgiven and str(n) in told):
            found.append(f"{m['ref']} never sent" + ("" if str(n) in told else " and nobody says so"))
        if p.seen[m["ref"]] and m["state"] != "delivered":
            found.append(f"{m['ref']} was delivered and stands as {m['state']}")
    if told:
        story = json.loads(life.house.ctl("why", CASE, "--json").stdout)["surveys"][0]["why"]
        if not any(e["event"] == "unknown" and e["en"] and e["vi"] for e in story):
            found.append("why does not tell of the unknown message")
    return found + p.wrong + [ref for ref in p.seen if ref not in [m["ref"] for m in s["messages"]]]


def points_of(calls, whens):
    """Every call of the undisturbed life, before and after it; polls up to the last call that was not one."""
    last = max(i for i, c in enumerate(calls) if c[0] not in POLLS)
    return [(f"{verb} {n} {when}", kinds) for verb, n, kinds in calls[:last + 1]
            for when in whens]


@pytest.mark.parametrize("road", ROADS)
def test_death_at_every_call(houses, road):
    free = queue.SimpleQueue()
    for _ in range(AT_ONCE):
        h = houses(delay=ROADS[road][2], redis_more="partitions = 1")
        h.program = "hailongd-crash"
        free.put(h)

    def lived(crash=None):
        h = free.get()
        try:
            return live(h, road, crash)
        finally:
            free.put(h)

    whole, calls, wrong = lived()
    assert wrong == [] and (whole["state"], len(whole["scores"]), len(whole["followups"])) == ("answered", 1, 1), whole
    points = points_of(calls, ROADS[road][0].whens)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(lambda p: lived(p[0]), points))
    bad = []
    for (point, kinds), (end, _, wrong) in zip(points, ends):
        same = end == whole
        print(f"{road}: killed {point} ({kinds}): {'the same end' if same and not wrong else 'WRONG'}")
        if not same or wrong:
            bad.append((point, wrong, {k: (end[k], whole[k]) for k in end if end[k] != whole[k]}))
    print(f"{road}: {len(points)} points, {len(points) - len(bad)} safe")
    assert bad == []
