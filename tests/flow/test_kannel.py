"""The main road through a real Kannel: out over smsbox and bearerbox to a phone, and back."""

import collections
import json

import pytest

from house import a_case, until
from kannel import Kannel, furnished
from test_road import FOLLOWUP_FIELDS, NUMBER_SPELLINGS, SCORE_FIELDS

PHONE = "84912345678"


@pytest.fixture
def kannels(request):
    made = []

    def make(*args):
        made.append(Kannel(*args).start())
        return made[-1]

    yield make
    for k in made:
        if getattr(request.node, "failed", False):
            print(k.log())
        k.close()


def message(house, case_id, n=0):
    return house.survey(case_id)["messages"][n]


def channel(house):
    (sms,) = json.loads(house.ctl("status", "--json").stdout)["channels"]
    return sms


@pytest.mark.parametrize("method", ["post", "get"])
def test_the_road(houses, kannels, method):
    house, kannel = furnished(houses, kannels, method)
    words = "cho lau qua, sot ca ruot"
    house.post(a_case("K-1", "0912 345 678"))
    (asked,) = kannel.phone.texts(PHONE, 1)
    assert asked.isascii() and len(asked) <= 160
    until(lambda: message(house, "K-1")["state"] == "delivered", "the receipt")

    kannel.phone.say("+" + PHONE, "1")
    assert "Vi sao" in kannel.phone.texts(PHONE, 2)[1]
    kannel.phone.say(PHONE, "C " + words)
    assert "ghi nhan" in kannel.phone.texts(PHONE, 3)[2]

    (score,) = house.entries("scores")
    assert sorted(score) == sorted(SCORE_FIELDS)
    want = {"v": "1", "kind": "score", "case": "K-1", "unit_receiving": "H36.90", "unit_handling": "H36.45",
            "unit_returning": "H36.90", "officer_receiving": "nv017", "officer_handling": "nv023",
            "officer_returning": "nv017", "procedure": "1.004227", "outcome": "delivered", "overdue": "0",
            "channel": "sms", "score": "1", "previous": "", "class": "P2", "match": "only_open", "late": "0"}
    assert {k: score[k] for k in want} == want
    assert int(score["closed_at"]) <= int(score["asked_at"]) <= int(score["replied_at"])
    (follow,) = house.entries("followups")
    assert sorted(follow) == sorted(FOLLOWUP_FIELDS)
    assert (follow["event"], follow["class"], follow["case"], follow["score"]) == ("opened", "P2", "K-1", "1")
    assert "C" in house.survey("K-1")["reasons"]

    story = house.ctl("why", "K-1").stdout
    sent = [e["detail"] for e in house.survey("K-1")["why"] if e["event"] == "sending"]
    assert "K-1" in story and sent == ["T1 0 sms 1", "T2 1 sms 1", "T3r 2 sms 1"], story
    kept = " ".join(house.redis.link.scan_iter(count=1000))
    aof = b"".join(p.read_bytes() for p in house.folder.glob("appendonlydir/*")).decode("latin-1")
    assert "K-1" in aof and kept
    for where, text in {"keys": kept, "aof": aof, "log": house.log(), "why": story,
                        "metrics": house.call("GET", "/metrics")[2].decode()}.items():
        for secret in (*NUMBER_SPELLINGS, words):
            assert secret not in text, where


def test_marks_are_kept(houses, kannels):
    """Three parts of UCS-2 out; 1,300 letters with marks back, whose last words decide."""
    house, kannel = furnished(houses, kannels, survey='marks = "keep"')
    house.post(a_case("K-2"))
    kannel.phone.texts(PHONE, 1)
    to, kind, text, parts = kannel.phone.got()[0]
    assert (to, kind, parts) == (PHONE, "ucs-2", 3)
    assert text.endswith("5 Rất hài lòng, 4 Hài lòng, 3 Bình thường, 2 Không hài lòng, 1 Rất không hài lòng. Từ chối: TC")

    kannel.phone.say(PHONE, "1 " + "Tôi phải đi lại rất nhiều lần mà chưa ai giải quyết. " * 25 + "Cán bộ đòi tiền.")
    until(lambda: house.entries("scores"), "a score")
    (score,) = house.entries("scores")
    assert score["score"] == "1" and "F" in score["reasons"], score
    told = kannel.phone.texts(PHONE, 3)
    assert told[1].startswith("Đã chuyển") and "không thay đơn khiếu nại" in told[2], told


def test_an_answer_in_parts(houses, kannels):
    """The second part comes first; Kannel joins them."""
    house, kannel = furnished(houses, kannels)
    house.post(a_case("K-3"))
    kannel.phone.texts(PHONE, 1)
    kannel.phone.say_part(PHONE, 2, 2, " met. Can bo doi tien.")
    kannel.phone.say_part(PHONE, 2, 1, "2 " + "di lai nhieu lan " * 8 + "rat")
    until(lambda: house.entries("scores"), "a score")
    (score,) = house.entries("scores")
    assert score["score"] == "2" and "F" in score["reasons"], score
    assert kannel.calls() == 1


def test_kannel_is_stopped(houses, kannels):
    """What cannot be sent waits, says so, and leaves once when Kannel is back."""
    house, kannel = furnished(houses, kannels)
    kannel.stop()
    assert "account   BAD  sms: Couldn't connect" in house.ctl("check", code=1).stdout
    house.post(a_case("K-4"))
    until(lambda: channel(house)["not_sent"] >= 1, "a send that did not leave")
    assert channel(house)["last_error"] and channel(house)["accepted"] == 0
    assert message(house, "K-4")["state"] == "queued"
    kannel.start()
    kannel.phone.texts(PHONE, 1)
    until(lambda: message(house, "K-4")["state"] == "delivered", "the receipt")
    house.post(a_case("K-5", "0987654321"))
    kannel.phone.texts("84987654321", 1)
    kannel.phone.texts(PHONE, 1)
    assert channel(house)["unknown"] == 0


def test_smsbox_dies_among_many(houses, kannels):
    """Every citizen gets the text once; only one whose request was with smsbox when it died may have none, and is marked."""
    house, kannel = furnished(houses, kannels)
    numbers = [f"8491200{i:04}" for i in range(120)]
    cases = [json.dumps(a_case(f"M-{n}", n)) for n in numbers]
    house.post("\n".join(cases), kind="application/x-ndjson")
    until(lambda: len(kannel.phone.got()) >= 20, "20 texts")
    kannel.smsbox_dies()
    until(lambda: all(message(house, f"M-{n}")["state"] in ("sent", "delivered", "unknown") for n in numbers), "the end", 60)
    states = {n: message(house, f"M-{n}")["state"] for n in numbers}
    until(lambda: len(kannel.phone.got()) >= sum(s != "unknown" for s in states.values()), "the texts")
    got = collections.Counter(to for to, *_ in kannel.phone.got())
    assert set(got) <= set(numbers) and max(got.values()) == 1, got.most_common(3)
    assert [n for n in numbers if not got[n] and states[n] != "unknown"] == []
    assert list(states.values()).count("unknown") <= 4      # connections


def test_wrong_password(houses, kannels):
    """The account is refused: the channel stops and says why; nothing is lost, nothing is sent twice."""
    house, kannel = furnished(houses, kannels)
    house.secret("kannel.password", "sai-mat-khau")
    house.stop()
    house.start()
    assert "account   BAD  sms: 403 Authorization failed" in house.ctl("check", code=1).stdout
    house.post(a_case("K-6"))
    until(lambda: channel(house)["state"] == "denied", "the channel to stop")
    assert "Authorization failed" in house.ctl("status").stdout
    said = house.ctl("check", code=1).stdout
    assert "channel   BAD  sms: denied" in said and "Authorization failed" in said, said
    assert message(house, "K-6")["state"] == "queued"

    kannel.furnish(house)
    house.daemon.send_signal(1)
    kannel.phone.texts(PHONE, 1)
    assert channel(house)["state"] == "up"
    assert "account   ok   sms: taken" in house.ctl("check").stdout


AWAY = {"hailongd": (lambda house: house.kill(), lambda house: house.start()),
        "redis": (lambda house: house.redis.stop(), lambda house: house.redis.start())}


@pytest.mark.parametrize("who", AWAY)
def test_away_when_the_answer_comes(houses, kannels, who):
    """smsbox keeps calling with the same id until it is taken; it counts once."""
    house, kannel = furnished(houses, kannels)
    away, back = AWAY[who]
    house.post(a_case("K-7"))
    kannel.phone.texts(PHONE, 1)
    away(house)
    kannel.phone.say(PHONE, "4")
    until(lambda: kannel.calls() >= 2, "smsbox to try again")
    back(house)
    kannel.phone.texts(PHONE, 2)
    (score,) = house.entries("scores")
    assert score["score"] == "4"
