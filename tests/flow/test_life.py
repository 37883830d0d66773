"""The whole life of a survey over the sandbox: whom we ask, when, how often, and what we do with each answer. The clock is
moved, never waited for: the daemon stops and starts again at the later time, so that each step also outlives a restart."""

import datetime
import json
import re

import pytest

from house import SANDBOX, a_case, until

NUMBER = "0912345678"
DAY = 24
TWO = ('channel "zalo" {{ driver = "sandbox" {zalo} }} channel "sms" {{ driver = "sandbox" }}\n'
       'route {{ order = {{"zalo","sms"}} alerts = {{"sms"}} }}')


class Life:
    def __init__(self, houses, every="0s", a_day=100, **parts):
        self.house = houses(**parts)
        self.rules = {'every = "0s"': f'every = "{every}"', "unsolicited_per_day = 100": f"unsolicited_per_day = {a_day}"}
        self.furnish()
        self.hours = 0.0
        self.house.start()

    def furnish(self, **parts):
        self.house.set(**parts)
        text = self.house.conf.read_text()
        for old, new in self.rules.items():
            text = text.replace(old, new)
        self.house.conf.write_text(text)

    def later(self, hours, **parts):
        self.house.stop()
        if parts:
            self.furnish(**parts)
        self.hours += hours
        self.house.start(clock=f"+{int(self.hours * 3600)}s")
        return self

    def case(self, case_id, number=NUMBER, **more):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=self.hours)
        status, _, body = self.house.post(a_case(case_id, number, **{"closed_at": now.isoformat(timespec="seconds"), **more}))
        assert status == 202, body
        return body

    def says(self, text, n, number=NUMBER):
        """The citizen writes; all n texts of that number so far."""
        self.house.reply(number, text)
        return self.house.texts(number, n)

    def state(self, case_id):
        s = self.house.survey(case_id)
        return s["state"], s.get("reason")

    def becomes(self, case_id, state, reason=None):
        until(lambda: self.state(case_id) == (state, reason), f"{case_id} to be {state}, is {self.state(case_id)}")

    def told(self, case_id):
        return [e["event"] for e in self.house.survey(case_id)["why"]]

    def scores(self):
        return [(e["case"], e["kind"], e["score"], e["previous"], e["match"], e["late"]) for e in self.house.entries("scores")]


@pytest.fixture
def life(houses):
    return lambda **parts: Life(houses, **parts)


# ---- when ----

def test_one_reminder_then_late(life):
    """Asked, reminded once after two days, expired after seven; what comes later is late."""
    k = life()
    k.case("L-1")
    k.house.texts(NUMBER, 1)
    k.later(47).house.texts(NUMBER, 1)
    assert "nhac mot lan" in k.later(2).house.texts(NUMBER, 2)[1]
    k.becomes("L-1", "reminded")
    k.later(60).house.texts(NUMBER, 2)
    k.later(5 * DAY).becomes("L-1", "expired")
    assert "da dong" in k.says("4", 3)[2]
    assert k.scores() == [("L-1", "late", "4", "", "last_asked", "1")]
    assert k.state("L-1")[0] == "expired"
    k.later(40 * DAY).house.reply(NUMBER, "5")
    until(lambda: len(k.house.entries("unmatched")) == 1, "the message that belongs to nobody")
    k.house.texts(NUMBER, 3)


def test_no_reminder_once_they_wrote(life):
    k = life()
    k.case("L-2")
    k.house.texts(NUMBER, 1)
    k.says("5", 2)
    k.later(4 * DAY).house.texts(NUMBER, 2)
    k.later(4 * DAY).becomes("L-2", "closed")
    assert k.scores() == [("L-2", "score", "5", "", "only_open", "0")]


@pytest.mark.parametrize("reason,parts", [
    ("staff_number", {}), ("excluded", {"survey": 'exclude_procedures = {"1.004227"}'}),
    ("excluded", {"survey": 'exclude_units = {"H36.45"}'}), ("expired_window", {"survey": 'too_old = "1h"'}),
], ids=["staff", "procedure", "unit", "too old"])
def test_looked_at_again_when_due(life, reason, parts):
    """What forbids asking may come between intake and the text."""
    k = life(delay="2h")
    assert k.case("L-3")["state"] == "planned"
    if reason == "staff_number":
        with open(k.house.folder / "staff.csv", "a") as staff:
            staff.write(f"nv999,Người mới,H36.45,{NUMBER},officer,\n")
    k.later(3, **parts).becomes("L-3", "not_asked", reason)
    k.house.texts(NUMBER, 0)


def test_opted_out_between_intake_and_text(life):
    k = life(delay="2h")
    k.case("L-4")
    k.house.reply(NUMBER, "TC")
    until(lambda: k.house.entries("unmatched"), "the message, kept")
    k.later(3).becomes("L-4", "not_asked", "opted_out")
    k.house.texts(NUMBER, 0)


def test_opt_out_wins(houses):
    """Half of the citizens opt out while their texts fall due: no text leaves later than a second after that."""
    h = houses(delay="3s", survey="answers_per_conversation = 1").start()
    numbers = [f"09123{i:05d}" for i in range(60)]
    h.post("\n".join(json.dumps(a_case(f"O-{n}", n)) for n in numbers), kind="application/x-ndjson")
    out = {}
    for n in numbers[::2]:
        h.reply(n, "STOP")
        out[n] = datetime.datetime.now().timestamp()
    for n in numbers[1::2]:
        h.texts(n, 1)
    for n in numbers[::2]:
        until(lambda: h.survey(f"O-{n}")["state"] in ("not_asked", "closed", "asked"), "an end")
        for text in h.call("GET", "/v1/sandbox/messages?to=" + n)[2]:
            assert "Moi ong/ba" not in text["text"] or int(text["at"]) / 1000 < out[n] + 1, (n, text)


# ---- how often ----

def test_cap_and_agents(life):
    """One survey a number in thirty days; who files for many is marked, not pestered."""
    k = life(every="30d")
    for i in range(6):
        k.case(f"C-{i}")
    k.house.texts(NUMBER, 1)
    assert [k.state(f"C-{i}")[1] for i in range(6)] == [None] + ["capped"] * 5
    assert [k.house.survey(f"C-{i}")["agent"] for i in range(6)] == [False] * 4 + [True] * 2
    assert "agent" in k.told("C-5")
    k.later(31 * DAY).case("C-6")
    k.house.texts(NUMBER, 2)
    assert k.house.survey("C-6")["agent"] is False


def test_unasked_texts_of_a_day(life):
    """One a day: the second question and the reminder wait for their places."""
    k = life(a_day=1, survey='remind_after = "3h"')
    k.case("B-1")
    k.house.texts(NUMBER, 1)
    k.later(1).case("B-2")
    until(lambda: "budget" in k.told("B-2"), "the text to wait")
    k.house.texts(NUMBER, 1)
    k.later(22).house.texts(NUMBER, 1)
    k.later(2).house.texts(NUMBER, 2)


def test_answers_of_a_conversation(life):
    """Four answers, then silence; what they write is recorded all the same."""
    k = life()
    k.case("B-3")
    k.house.texts(NUMBER, 1)
    for i, text in enumerate(("5", "4", "3", "4")):
        k.says(text, i + 2)
    for text in ("5", "4", "TC"):
        k.house.reply(NUMBER, text)
    k.becomes("B-3", "closed")
    k.house.texts(NUMBER, 5)
    assert [s[1:4] for s in k.scores()] == [("score", "5", ""), ("revision", "4", "5"), ("revision", "3", "4"),
                                           ("revision", "4", "3"), ("revision", "5", "4"), ("revision", "4", "5")]


# ---- the conversation ----

TALKS = [
    ("refused case", {"outcome": "refused"}, [], "chua giai quyet", []),
    ("out of range", {}, ["10"], "chua hieu", []),
    ("out of range, then a score", {}, ["10", "4"], "Cam on", [("score", "4")]),
    ("digit against words", {}, ["1 rat hai long"], "nghia la Rat khong hai long", []),
    ("and it was meant", {}, ["1 rat hai long", "OK"], "Vi sao", [("score", "1")]),
    ("a reason", {}, ["2", "CD"], "Da ghi nhan", [("score", "2")]),
    ("money", {}, ["1", "F"], "khong qua nguoi bi phan anh", [("score", "1")]),
    ("call me", {}, ["1", "X"], "Da ghi nhan", [("score", "1")]),
    ("no more texts", {}, ["TC"], "Da ngung gui", []),
    ("somebody else", {}, ["sai so"], "da duoc go", []),
    ("texts again", {}, ["TC", "DK"], "se nhan lai", []),
    ("corrected", {}, ["2", "5"], "Da ghi nhan", [("score", "2"), ("revision", "5")]),
    ("after no more texts", {}, ["TC", "5"], None, []),
    ("a robot", {}, ["Day la tin nhan tu dong, vui long khong tra loi"], None, []),
    ("only thanks", {}, ["cam on"], None, []),
]


@pytest.fixture(scope="module")
def shared():
    from house import House
    h = House().start()
    yield h
    h.close()


@pytest.mark.parametrize("row", TALKS, ids=[t[0] for t in TALKS])
def test_talk(shared, row):
    """What the last message is answered with (None: with silence), and what is recorded."""
    name, case, words, answer, scores = row
    at = TALKS.index(row)
    number, case_id = f"09877{at:05d}", f"T-{at}"
    shared.post(a_case(case_id, number, **case))
    n = len(shared.texts(number, 1))
    for i, text in enumerate(words):
        shared.reply(number, text)
        n += answer is not None or i + 1 < len(words)
        got = shared.texts(number, n)
    if answer:
        assert answer in shared.texts(number, n)[-1]
    assert [(e["kind"], e["score"]) for e in shared.entries("scores") if e["case"] == case_id] == scores
    assert len(list(shared.redis.link.scan_iter(f"hl:{{*}}:texts:{shared.survey(case_id)['survey']}.*", count=1000))) \
        == len([w for w in words if "tu dong" not in w])


def test_no_promise_of_secrecy_without_inspectors(life):
    k = life()
    staff = k.house.folder / "staff.csv"
    staff.write_text(re.sub(r".*,inspector,.*\n", "", staff.read_text()))
    k.later(0).case("P-1")
    k.house.texts(NUMBER, 1)
    assert "khong thay don khieu nai" in k.says("1 can bo doi tien 2 trieu", 2)[1]


# ---- which survey ----

def test_two_open_surveys(life):
    """The newest has the score, the other one is asked for by name; a token decides alone."""
    k = life()
    first, second = k.case("H36.45-261123-0001"), k.case("H36.45-261124-0002")
    k.house.texts(NUMBER, 2)
    newest, other = sorted((first, second), key=lambda s: k.house.survey(s["case_id"])["asked_at"] + s["case_id"])[::-1]
    answer = k.says("5", 3)[2]
    assert newest["case_id"][-11:].lstrip("-") in answer and other["case_id"][-11:].lstrip("-") in answer, answer
    k.says("4", 4)
    assert k.scores() == [(newest["case_id"], "score", "5", "", "newest_open", "0"), (other["case_id"], "score", "4", "", "only_open", "0")]
    assert [e["confidence"] for e in k.house.entries("scores")][0] < "0.61"
    token = k.house.survey(newest["case_id"])["token"]
    k.says(f"hl {token.lower()} 3", 5)
    assert k.scores()[-1] == (newest["case_id"], "revision", "3", "5", "token", "0")
    k.house.reply(NUMBER, "HL A7K2 1")
    until(lambda: len(k.house.entries("unmatched")) == 1, "somebody else's token")


def test_a_reason_finds_who_asked_for_it(life):
    k = life()
    k.case("M-1")
    k.house.texts(NUMBER, 1)
    k.says("1", 2)
    k.case("M-2")
    k.house.texts(NUMBER, 3)
    k.says("CD", 4)
    assert k.house.survey("M-1")["reasons"] == "CD" and k.house.survey("M-2")["reasons"] == ""
    k.says("5", 5)
    assert [s[:3] for s in k.scores()] == [("M-1", "score", "1"), ("M-2", "score", "5")]


# ---- channels ----

def test_the_next_channel(life):
    """No receipt within the channel's time: the next one, once; never while nobody knows."""
    k = life(channels=TWO.format(zalo='delivered_within = "1h"'))
    k.case("V-1")
    k.house.texts(NUMBER, 1)
    k.later(2).house.texts(NUMBER, 2)
    sent = [m["channel"] for m in k.house.call("GET", "/v1/sandbox/messages?to=" + NUMBER)[2]]
    assert sent == ["zalo", "sms"]
    k.says("5", 3)
    assert k.house.entries("scores")[0]["channel"] == "sms"
    k.later(3 * DAY).house.texts(NUMBER, 3)


def test_an_answer_ends_the_wait_for_a_receipt(life):
    k = life(channels=TWO.format(zalo='delivered_within = "1h"'))
    k.case("V-2")
    k.house.texts(NUMBER, 1)
    k.says("5", 2)
    k.later(2).house.texts(NUMBER, 2)


def test_a_sender_nobody_can_answer(life):
    """The question says where to answer, and carries the token that ties the answer."""
    k = life(channels=SANDBOX.replace('"sandbox"', '"sandbox" reply_to = "8088"', 1))
    k.case("V-3")
    k.case("V-4", "0987654321", outcome="returned")
    token = k.house.survey("V-3")["token"]
    assert f"HL {token} va diem 1-5" in k.house.texts(NUMBER, 1)[0] and "gui 8088" in k.house.texts(NUMBER, 1)[0]
    assert "chua giai quyet" in k.house.texts("0987654321", 1)[0]
    k.says(f"HL {token} 5", 2)
    assert k.scores() == [("V-3", "score", "5", "", "token", "0")]
    assert "Nhac mot lan" in k.later(49).house.texts("0987654321", 2)[1]


# ---- pauses ----

def test_the_province_pauses(life):
    """Nothing leaves, over restarts too, and `why` says so; cases and answers are taken; then all goes on."""
    k = life()
    k.case("Z-1")
    k.house.texts(NUMBER, 1)
    assert k.house.ctl("pause", "all").stdout == "paused now: all\n"
    k.case("Z-2", "0987654321")
    k.house.reply(NUMBER, "5")
    until(lambda: k.house.entries("scores"), "the score")
    k.later(0.1)
    until(lambda: "paused" in k.told("Z-2"), "why to tell it")
    k.house.texts(NUMBER, 1)
    k.house.texts("0987654321", 0)
    assert json.loads(k.house.ctl("status", "--json").stdout)["paused"] == "all"
    assert k.house.ctl("resume", "all").stdout == "nothing is paused\n"
    k.later(0.1).house.texts(NUMBER, 2)
    k.house.texts("0987654321", 1)


def test_a_channel_pauses(house):
    assert house.ctl("pause", "sms").stdout == "paused now: sms\n"
    assert house.call("GET", "/v1/status")[2]["channels"][0]["state"] == "paused"
    house.post(a_case("Z-3"))
    house.daemon.send_signal(1)
    until(lambda: "settings loaded again" in house.log(), "the reload")
    assert house.call("GET", "/v1/status")[2]["channels"][0]["state"] == "paused"
    house.texts(NUMBER, 0)
    house.ctl("pause", "none", code=1)
    house.ctl("resume", "sms")
    house.post(a_case("Z-4", "0987654321"))
    house.texts("0987654321", 1)


# ---- why ----

def test_why_in_two_languages(life):
    k = life()
    k.case("Y-1")
    k.house.texts(NUMBER, 1)
    k.says("1", 2)
    vi = k.house.ctl("why", "Y-1").stdout
    en = k.house.ctl("why", "Y-1", "--lang", "en").stdout
    for words in ("nhận hồ sơ đã đóng: đã trả kết quả", "gửi câu hỏi (tin số 0) qua kênh sms, lần 1", "ghi 1 điểm (lần đầu)",
                  "P2, không hài lòng", "gửi câu hỏi lý do"):
        assert words in vi, vi
    for words in ("closed case taken in: the result was handed over", "sending the question (message 0) over sms, attempt 1",
                  "score 1 recorded (first answer)", "P2, a complaint", "sending the question for the reason"):
        assert words in en, en
