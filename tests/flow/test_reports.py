"""Numbers leaders can trust: what the reports say equals a recount of the streams; small numbers are not told."""

import collections
import csv
import datetime
import io
import json

import pytest

from house import a_case, until

ZONE = datetime.timezone(datetime.timedelta(hours=7))
SCORES = ("score_1", "score_2", "score_3", "score_4", "score_5")
REASONS = """no_phone bad_phone landline foreign staff_number opted_out wrong_person capped excluded no_contact too_old
    sampled_out reopened trial no_channel expired_window""".split()
FIGURES = ("mean", "sat_top2", "wilson_low", "wilson_high", "mean_pct5", "mean_pct4", *SCORES)


def today(days=0):
    return (datetime.datetime.now(ZONE) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def get(house, path, status=200, **more):
    got, headers, body = house.call("GET", path, **more)
    assert got == status, body
    return body


def rows(house, what, by, **query):
    body = get(house, f"/v1/{what}?by={by}" + "".join(f"&{k}={v}" for k, v in query.items()))
    assert body["by"] == by and "sipas" not in json.dumps(body).lower()
    return {r["key"]: r for r in body["rows"]}


def number(i):
    return f"09{12000000 + i}"


def post_many(house, cases):
    """As a careful client does: what could not be taken now (many cases of one number at once) is sent again."""
    body = "\n".join(map(json.dumps, cases)) + "\n"
    def taken():
        status, _, answers = house.call("POST", "/v1/cases", body, kind="application/x-ndjson")
        states = {json.loads(line)["status"] for line in answers.decode().splitlines()}
        assert status == 200 and states <= {200, 202, 503}, answers
        return 503 not in states
    until(taken, "all cases to be taken")


def part(i, what):
    """Case i's office or officer: who receives is not who handles."""
    return {"receiving": f"{what}{i % 2}", "handling": f"{what}{i % 4}", "returning": f"{what}9"}


def case(i, **more):
    return a_case(f"N-{i}", number(i), units=part(i, "H36."), officers=part(i, "nv"), procedure=f"1.00{i % 3}", **more)


@pytest.fixture
def province(houses):
    """A day: forty citizens answer, some twice; a dozen cases are not asked about, each for a reason."""
    house = houses(survey='exclude_procedures = {"9.999"}').start()
    odd = [("no_phone", {"phone": None}), ("bad_phone", {"phone": "12"}), ("landline", {"phone": "02633822333"}),
           ("foreign", {"phone": "+14155550123"}), ("staff_number", {"phone": "0999000023"}), ("no_contact", {"no_contact": True}),
           ("excluded", {"procedure": "9.999"}), ("too_old", {"closed_at": (datetime.datetime.now(ZONE) -
                                                              datetime.timedelta(days=20)).isoformat(timespec="seconds")})]
    due = {0: None, 1: "2036-01-01T00:00:00+07:00", 2: "2020-01-01T00:00:00+07:00"}
    post_many(house, [case(i, due_at=due[i % 3]) for i in range(48)]
              + [{**case(100 + i), **more} for i, (_, more) in enumerate(odd)])
    for i in range(48):
        house.texts(number(i), 1)
    for i in range(40):
        house.reply(number(i), "54515"[i % 5])
    until(lambda: len(house.entries("scores")) == 40, "forty scores")
    for i in range(0, 40, 5):                    # corrections, up and down
        house.reply(number(i), "2" if i % 2 else "3")
    for i in range(3, 40, 10):
        house.reply(number(i), "CF")
    house.reply(number(41), "TC")
    until(lambda: len(house.entries("scores")) == 48, "eight corrections")
    post_many(house, [{**case(200), "phone": number(41)}])
    house.odd = [reason for reason, _ in odd] + ["opted_out"]
    return house


def recount(house):
    """Per survey, from the streams alone: what was decided, and the score that stands."""
    told = collections.defaultdict(dict)
    for e in house.entries("events"):
        s = told[e["survey"]]
        if e["event"] == "not_asked":
            s["not_asked"] = e["detail"]
        elif e["event"] in ("sent", "evidence") and e["detail"].startswith("T1"):
            s["asked"] = True
        elif e["event"] == "reasons":
            s["reasons"] = e["detail"]
    for e in house.entries("scores"):            # of one survey in one partition: in order
        s = told[e["survey"]]
        if s.get("score"):
            assert e["kind"] == "revision" and e["previous"] == s["score"]["score"]
        s["score"] = e
    return told


def standing(house, field):
    """The scores that stand, by what a field of the entry says: {value: [n of 1, ... n of 5]}."""
    out = collections.defaultdict(lambda: [0] * 5)
    for s in recount(house).values():
        if s.get("score"):
            out[s["score"][field]][int(s["score"]["score"]) - 1] += 1
    return dict(out)


def counted(row):
    """The five counts again, out of the three figures a row may show; withheld ones as None."""
    return None if row["mean"] is None else [row[name] for name in SCORES]


VIEWS = [("unit", "unit_handling", {}), ("unit", "unit_receiving", {"role": "receiving"}),
         ("unit", "unit_returning", {"role": "returning"}), ("procedure", "procedure", {}), ("channel", "channel", {})]


def test_counts_equal_a_recount(province):
    for by, field, query in VIEWS:
        got, want = rows(province, "reports", by, **query), standing(province, field)
        assert set(want) <= set(got), (by, query)
        for value, scores in want.items():
            assert got[value]["answered"] == got[value]["n"] == sum(scores), (by, value)
            assert counted(got[value]) == (scores if sum(scores) >= 5 else None), (by, value)
    told = recount(province).values()
    body = get(province, "/v1/reports?by=day")
    assert body["total"]["answered"] == sum("score" in s for s in told) == 40
    assert body["total"]["asked"] == sum("asked" in s for s in told) == 48
    assert body["total"]["closed"] == len(told) == 57
    assert {r["key"] for r in body["rows"]} == {today(), today(-20)}
    assert (body["from"], body["to"]) == (today(-29), today())


def test_figures(province):
    (one, two, three, four, five), n = standing(province, "unit_returning")["H36.9"], 40
    row = rows(province, "reports", "unit", role="returning")["H36.9"]
    mean = (one + 2 * two + 3 * three + 4 * four + 5 * five) / n
    assert row["mean"] == pytest.approx(mean, abs=5e-4)
    assert row["sat_top2"] == pytest.approx((four + five) / n, abs=5e-5)
    assert row["mean_pct5"] == pytest.approx(mean / 5, abs=5e-5)
    assert row["mean_pct4"] == pytest.approx((mean - 1) / 4, abs=5e-5)
    assert 0 < row["wilson_low"] < row["sat_top2"] < row["wilson_high"] < 1
    assert row["response"] == pytest.approx(40 / 48, abs=5e-5)
    assert row["trust"] == "enough" and row["group"] is None
    # Every third case has no date, every third is overdue.
    assert row["overdue"] == 16 and row["overdue_share"] == pytest.approx(0.5)


def test_the_ledger_adds_up(province):
    for by in ("unit", "officer", "procedure", "day"):
        body = get(province, f"/v1/coverage?by={by}")
        for row in [body["total"], *body["rows"]]:
            assert sorted(row["not_asked"]) == sorted(REASONS)
            assert row["closed"] == row["eligible"] + sum(row["not_asked"].values())
            assert row["eligible"] == row["asked"] + row["unknown"] + row["waiting"]
            assert row["answered"] + row["late"] <= row["delivered"] <= row["asked"]
        assert sum(r["closed"] for r in body["rows"]) == body["total"]["closed"] == 57
    want = collections.Counter(province.odd)
    assert {k: v for k, v in body["total"]["not_asked"].items() if v} == want
    assert want == collections.Counter(s["not_asked"] for s in recount(province).values() if "not_asked" in s)


def test_reasons_pillars_factors(province):
    assert {k: r["mentioned"] for k, r in rows(province, "reports", "reason").items()} == {"C": 4, "F": 4}
    assert {k: r["mentioned"] for k, r in rows(province, "reports", "pillar").items()} == {"P2": 4}
    factors = rows(province, "reports", "factor")
    assert {k: r["mentioned"] for k, r in factors.items()} == {"F2": 4, "F3": 4, "F4": 4}
    assert factors["F2"]["name"] == "Thủ tục hành chính"
    assert all(r["mean"] is None and r["withheld"] for r in factors.values())


def test_small_numbers_are_not_told(province):
    """Ten answers each: enough for an office to be shown as few, not for a person; four of a reason are withheld."""
    for row in rows(province, "reports", "unit").values():
        assert (row["n"], row["trust"]) == (10, "few") and row["mean"] is not None
    for row in rows(province, "reports", "officer").values():
        assert (row["n"], row["trust"], row["withheld"]) == (10, "few", True)
        assert [row[f] for f in FIGURES] == [None] * len(FIGURES)
    assert rows(province, "reports", "officer", role="returning")["nv9"]["mean"] is not None


def test_days_outside_count_for_nothing(province):
    body = get(province, f"/v1/reports?by=day&from={today(-19)}&to={today(-1)}")
    assert (body["rows"], body["total"]["closed"]) == ([], 0)
    assert get(province, f"/v1/coverage?by=day&from={today(-20)}&to={today(-20)}")["total"]["not_asked"]["too_old"] == 1


def test_csv(province):
    _, headers, text = province.call("GET", "/v1/coverage?by=unit&format=csv")
    assert headers["Content-Type"].startswith("text/csv")
    got = list(csv.DictReader(io.StringIO(text.decode())))
    want = rows(province, "coverage", "unit")
    assert {r["unit"]: int(r["closed"]) for r in got} == {k: r["closed"] for k, r in want.items()}
    assert all(int(r["eligible"]) + sum(int(r[k]) for k in REASONS) == int(r["closed"]) for r in got)
    same = province.call("GET", "/v1/coverage?by=unit", headers={"Accept": "text/csv"})[2]
    assert same == text


def ndjson(text):
    return [json.loads(line) for line in text.splitlines()]


def test_export(province):
    """All entries of all partitions, once, page by page; the same as CSV; coverage as the API says it."""
    def ids(entries):
        return sorted(e["id"] for e in entries)
    for kind in ("scores", "followups"):
        want = province.entries(kind)
        assert len(want) > 10
        assert sorted(map(str, ndjson(province.ctl("export", kind).stdout))) == sorted(map(str, want))
        got, after = [], ""
        while after is not None:
            body = get(province, f"/v1/export/{kind}?limit=7{after and '&after=' + after}")
            assert len(body["entries"]) <= 7
            got, after = got + body["entries"], body["next"]
        assert ids(got) == ids(want)
        file = province.folder / f"{kind}.csv"
        province.ctl("export", kind, "--csv", str(file), "--from", today(), "--to", today())
        assert sorted(map(str, csv.DictReader(file.open()))) == sorted(map(str, want))
        assert province.ctl("export", kind, "--from", today(-9), "--to", today(-1)).stdout == ""
    coverage = get(province, "/v1/coverage?by=unit")["rows"]
    assert ndjson(province.ctl("export", "coverage").stdout) == coverage
    assert province.ctl("export", "coverage", "--csv", "-").stdout == get(province, "/v1/coverage?by=unit&format=csv").decode()


def test_exported_cells_are_no_formulas(house):
    """Whoever closes cases chooses their ids; a spreadsheet must not calculate them."""
    evil = ["=1+1", "+1", "-1", "@SUM(1)", "\uff1d1", 'a,"b"']
    for i, name in enumerate(evil):
        house.post({**case(i), "case_id": name, "units": {"handling": name}})
        house.texts(number(i), 1)
        house.reply(number(i), "1")
    until(lambda: len(house.entries("scores")) == len(evil), "the scores")
    got = list(csv.reader(io.StringIO(house.ctl("export", "scores", "--csv", "-").stdout)))
    at = got[0].index("case")
    assert sorted(r[at] for r in got[1:]) == sorted("'" + n if n[0] in "=+-@\uff1d" else n for n in evil)
    coverage = list(csv.reader(io.StringIO(house.ctl("export", "coverage", "--csv", "-").stdout)))
    assert sorted(r[0] for r in coverage[1:]) == sorted(r[at] for r in got[1:])


def test_export_says_no(houses):
    house = houses()
    token = house.new_token("cases", "cases")
    house.start()
    for args in ((), ("dogs",), ("scores", "more"), ("scores", "--sideways")):
        house.ctl("export", *args, code=2)
    assert "from: must be a day, YYYY-MM-DD" in house.ctl("export", "scores", "--from", "now", code=1).stderr
    house.ctl("export", "scores", "--csv", str(house.folder / "no" / "such"), code=1)
    for after in ("x", "1", "99:1-1", "1:x", "1:1-x", "-1:1"):
        assert [e["field"] for e in get(house, f"/v1/export/scores?after={after}", 400)["errors"]] == ["after"]
    for limit in ("0", "1001", "x"):
        assert [e["field"] for e in get(house, f"/v1/export/scores?limit={limit}", 400)["errors"]] == ["limit"]
    get(house, "/v1/export/events", 404)
    get(house, "/v1/export/scores", 403, token=token)
    house.stop()
    house.ctl("export", "scores", code=3)


def test_signals(houses):
    """One counter has no numbers, one types the same number in; the third is as it should be. A month earlier all were."""
    house = houses().start()
    then = (datetime.datetime.now(ZONE) - datetime.timedelta(days=9)).isoformat(timespec="seconds")
    def at(i, unit, **more):
        return {**case(i), "units": {"receiving": unit, "handling": "H36.45"}, "officers": {"receiving": "of-" + unit}, **more}
    cases = [at(i, f"C{i % 3}", closed_at=then) for i in range(120)]
    cases += [at(1000 + i, "C0", phone=None) for i in range(40)]
    cases += [at(2000 + i, "C1", phone=number(0)) for i in range(40)]
    cases += [at(3000 + i, "C2") for i in range(40)] + [at(4000 + i, "C3") for i in range(29)]
    post_many(house, cases)
    settled = lambda: get(house, "/v1/coverage?by=day")["total"]["waiting"] == 0
    until(settled, "all to be asked")
    house.reply(number(3000), "5")
    until(lambda: house.entries("scores"), "a score")
    body = get(house, f"/v1/reports?by=signals&from={today()}&to={today()}")
    assert (body["role"], body["before_from"], body["before_to"]) == ("receiving", today(-1), today(-1))
    body = get(house, f"/v1/reports?by=signals&from={today(-6)}&to={today()}")
    flagged = {r["key"]: [k for k, s in r["signs"].items() if s["flagged"]] for r in body["units"] + body["officers"]}
    assert flagged == {"C0": ["no_number", "fewer_asked"], "of-C0": ["no_number"], "C1": ["same_number"],
                       "of-C1": ["same_number"], "C2": [], "of-C2": []}
    assert body["all"]["closed"] == 149 and body["all"]["answer_times"]["within_1m"] == 1
    assert body["all"]["signs"]["no_number"] == {"k": 40, "n": 149, "share": pytest.approx(40 / 149, abs=1e-4), "flagged": False}
    bad = get(house, "/v1/reports?by=signals&format=csv&role=handling", 400)["errors"]
    assert [e["field"] for e in bad] == ["role", "format"]


def test_late_answers_are_apart(houses):
    house = houses().start()
    house.post(case(1))
    house.texts(number(1), 1)
    house.stop()
    house.start(clock="+8d")
    until(lambda: house.survey("N-1")["state"] == "expired", "the survey to expire")
    house.reply(number(1), "5")
    until(lambda: house.entries("scores"), "a late score")
    total = get(house, f"/v1/reports?by=unit&from={today(-1)}&to={today(9)}")["total"]
    assert (total["asked"], total["answered"], total["late"], total["late_share"]) == (1, 0, 1, 1)
    house.reply(number(1), "1")
    until(lambda: len(house.entries("scores")) == 2, "its correction")
    total = get(house, f"/v1/reports?by=unit&from={today(-1)}&to={today(9)}")["total"]
    assert (total["answered"], total["late"], total["response"]) == (0, 1, 0)


UNITS = """code,parent,name,short_name,hotline,kind,valid_from,valid_to,successor
P,,Tỉnh,T,,province,,,
OLD1,P,Xã cũ một,X1,,commune,,{closed},NEW
OLD2,P,Xã cũ hai,X2,,commune,,{closed},NEW
NEW,P,Xã mới,XM,,commune,,,
"""


def test_offices_that_were_merged(houses):
    """Before the day of the merger each has its own row; after it the heir answers for both; the tree counts upwards."""
    house = houses()
    (house.folder / "units.csv").write_text(UNITS.format(closed=today(-2)))
    (house.folder / "staff.csv").write_text("id,name,unit,phone,role,channel\n")
    house.start()
    then = (datetime.datetime.now(ZONE) - datetime.timedelta(days=3)).isoformat(timespec="seconds")
    post_many(house, [a_case(f"M-{i}", number(i), closed_at=then, units={"handling": u}, officers={})
                      for i, u in enumerate(["OLD1", "OLD2", "OLD2", "NEW", "ELSEWHERE"])])
    def closed(**q):
        return {k: r["closed"] for k, r in rows(house, "coverage", "unit", **q).items()}
    assert closed(to=today(-2)) == {"OLD1": 1, "OLD2": 2, "NEW": 1, "ELSEWHERE": 1}
    assert closed() == {"NEW": 4, "ELSEWHERE": 1}
    assert closed(roll="tree") == {"P": 4, "NEW": 4, "ELSEWHERE": 1}
    assert rows(house, "coverage", "unit")["NEW"]["name"] == "Xã mới"


BAD = [("reports?by=nothing", ["by"]), ("reports?by=", ["by"]), ("coverage?by=reason", ["by"]), ("reports?role=boss", ["role"]),
       ("reports?from=yesterday", ["from"]), ("reports?to=2026-02-30", ["to"]), ("reports?from=2026-1-1&to=x", ["to", "from"]),
       ("reports?from=2026-02-02&to=2026-02-01", ["from"]), ("reports?from=2025-01-01&to=2026-12-31", ["from"]),
       ("reports?from=" + "9" * 99, ["from"]), ("reports?format=xml", ["format"]), ("coverage?roll=up", ["roll"])]


def test_bad_questions_and_strangers(houses):
    house = houses()
    token = house.new_token("cases", "cases")
    house.start()
    for path, fields in BAD:
        body = get(house, "/v1/" + path, 400)
        assert [e["field"] for e in body["errors"]] == fields, path
    for path in ("reports", "coverage"):
        get(house, f"/v1/{path}", 403, token=token)
        get(house, f"/v1/{path}", 401, token=None)
    assert get(house, "/v1/reports?by=unit&from=2026-01-01&to=2027-01-31")["rows"] == []


def test_a_store_that_is_away(house):
    house.redis.stop()
    until(lambda: house.call("GET", "/v1/reports")[0] == 503, "a refusal")
