"""The main road over the sandbox: a closed case becomes a text, the answer a score, a bad one a follow-up."""

import json

from house import a_case, until

SCORE_FIELDS = """v id kind survey case unit_receiving unit_handling unit_returning officer_receiving officer_handling
    officer_returning procedure outcome overdue channel score previous reasons class rule confidence match citizen closed_at
    asked_at replied_at late""".split()
FOLLOWUP_FIELDS = "v id event state class survey case unit reasons score opened_at due_at by late verdict".split()
NUMBER, NUMBER_SPELLINGS = "0912345678", ("0912345678", "84912345678", "912345678", "912 345 678")


def test_the_road(house):
    status, headers, body = house.post(a_case("A-1", "0912 345 678"))
    assert status == 202 and body["state"] in ("planned", "sending"), body
    assert headers["X-Request-Id"]
    assert len(house.texts(NUMBER, 1)[0]) <= 160

    house.reply(NUMBER, "1")
    assert "A" in house.texts(NUMBER, 2)[1]
    house.reply(NUMBER, "C")
    house.texts(NUMBER, 3)

    (score,) = house.entries("scores")
    assert sorted(score) == sorted(SCORE_FIELDS)
    want = {"v": "1", "kind": "score", "survey": body["survey"], "case": "A-1", "unit_receiving": "H36.90",
            "unit_handling": "H36.45", "unit_returning": "H36.90", "officer_receiving": "nv017", "officer_handling": "nv023",
            "officer_returning": "nv017", "procedure": "1.004227", "outcome": "delivered", "overdue": "0",
            "channel": "sms", "score": "1", "previous": "", "class": "P2", "match": "only_open", "late": "0"}
    assert {k: score[k] for k in want} == want
    assert len(score["citizen"]) == 32 and NUMBER not in str(score)
    assert int(score["closed_at"]) <= int(score["asked_at"]) <= int(score["replied_at"])

    (follow,) = house.entries("followups")
    assert sorted(follow) == sorted(FOLLOWUP_FIELDS)
    assert (follow["event"], follow["state"], follow["class"], follow["case"], follow["score"]) == \
        ("opened", "open", "P2", "A-1", "1")
    assert int(follow["due_at"]) > int(follow["opened_at"])

    survey = house.survey("A-1")
    assert survey["state"] in ("answered", "closed") and survey["score"] == 1 and "C" in survey["reasons"]
    assert "reasons" in [e["event"] for e in house.entries("events")]


def test_why_tells_it(house):
    house.post(a_case("A-2"))
    house.texts(NUMBER, 1)
    house.reply(NUMBER, "khong hai long")
    house.texts(NUMBER, 2)
    vi = house.ctl("why", "A-2").stdout
    en = house.ctl("why", "A-2", "--lang", "en").stdout
    assert vi != en and "A-2" in vi and "A-2" in en
    told = json.loads(house.ctl("why", "A-2", "--json").stdout)
    assert told["surveys"][0]["why"], told
    house.ctl("why", "NO-SUCH", code=1)


def test_nothing_names_the_citizen(house):
    secret_words = "giay to nop hoai khong xong"
    house.post(a_case("A-3"))
    house.texts(NUMBER, 1)
    house.reply(NUMBER, "2 " + secret_words)
    house.texts(NUMBER, 2)
    kept = " ".join(house.redis.link.scan_iter(count=1000))
    aof = b"".join(p.read_bytes() for p in house.folder.glob("appendonlydir/*"))
    assert len(aof) > 500
    places = {"keys": kept, "aof": aof.decode("latin-1"), "log": house.log(),
              "metrics": house.call("GET", "/metrics")[2].decode(), "status": house.ctl("status").stdout}
    for where, text in places.items():
        for spelling in (*NUMBER_SPELLINGS, secret_words):
            assert spelling not in text, where


def test_posted_twice_is_one_survey(house):
    case = a_case("A-4")
    first, again = house.post(case), house.post(case)
    assert (first[0], again[0]) == (202, 200)
    assert first[2]["survey"] == again[2]["survey"]
    status, headers, body = house.post({**case, "outcome": "refused"})
    assert status == 409 and headers["Content-Type"] == "application/problem+json", body
    house.texts(NUMBER, 1)
    assert len(house.story("A-4")["surveys"]) == 1


def test_reopened_before_it_was_asked(houses):
    h = houses(delay="2h").start()
    assert h.post(a_case("A-5"))[2]["state"] == "planned"
    status, _, body = h.call("POST", "/v1/cases/A-5/reopen")
    assert (status, body["cancelled"]) == (200, 1), body
    survey = h.survey("A-5")
    assert (survey["state"], survey["reason"]) == ("not_asked", "reopened")
    status, _, body = h.call("POST", "/v1/cases/A-5/reopen")
    assert (status, body["cancelled"]) == (200, 0)
    assert h.call("POST", "/v1/cases/NO-SUCH/reopen")[0] == 404


def test_stop_word_ends_it(house):
    house.post(a_case("A-6"))
    house.texts(NUMBER, 1)
    house.reply(NUMBER, "TC")
    house.texts(NUMBER, 2)
    body = house.post(a_case("A-7"))[2]
    assert (body["state"], body["reason"]) == ("not_asked", "opted_out")
    house.texts(NUMBER, 2)
    assert house.entries("scores") == []


def test_a_text_of_ours_is_not_sent_at_night(houses):
    """The daemon's clock says 21:00 in Vietnam; the window opens at 08:00 the next day."""
    h = houses(window="08:00-20:00").start(clock="@2026-11-24 14:00:00")
    case = {**a_case("A-8"), "closed_at": "2026-11-24T20:59:00+07:00"}
    status, _, body = h.post(case)
    assert (status, body["state"], body["send_at"]) == (202, "planned", "2026-11-25T08:00:00+07:00")
    h.texts(NUMBER, 0)
    h.stop()
    h.start(clock="@2026-11-25 01:00:01")
    h.texts(NUMBER, 1)


def test_the_command_reaches_the_sandbox(house):
    house.post(a_case("A-9"))
    house.texts(NUMBER, 1)
    assert "H36" not in house.ctl("sandbox", "list").stdout.split("\n")[0]
    house.ctl("sandbox", "reply", NUMBER, "5")
    until(lambda: house.entries("scores"), "a score")
    assert json.loads(house.ctl("status", "--json").stdout)

