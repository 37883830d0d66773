"""Doors for closed cases: HTTP, the stream, a file. What is wrong is named, what is right is taken."""

import csv
import datetime
import json
import shutil
import subprocess
import time

import pytest

from house import BUILD, ROOT, a_case, until

PROBLEM = "application/problem+json"


def ago(**span):
    t = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**span)
    return t.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def without(case, *path):
    inner = case
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return case


BAD_BODIES = [
    ("no case id", without(a_case("B"), "case_id"), ["/case_id"]),
    ("empty case id", a_case(""), ["/case_id"]),
    ("long case id", a_case("x" * 65), ["/case_id"]),
    ("no unit", without(a_case("B"), "units", "handling"), ["/units/handling"]),
    ("no units", without(a_case("B"), "units"), ["/units/handling"]),
    ("unit is a number", a_case("B", units={"handling": 45}), ["/units/handling"]),
    ("no offset", a_case("B", closed_at="2026-11-23T10:05:00"), ["/closed_at"]),
    ("no such day", a_case("B", closed_at="2026-02-30T10:05:00+07:00"), ["/closed_at"]),
    ("years ahead", a_case("B", closed_at="2036-11-23T10:05:00+07:00"), ["/closed_at"]),
    ("outcome", a_case("B", outcome="done"), ["/outcome"]),
    ("phone is a number", a_case("B", phone=912345678), ["/phone"]),
    ("flag is text", a_case("B", no_contact="yes"), ["/no_contact"]),
    ("unknown fields", a_case("B", colour="red", units={"handling": "H36.45", "cooking": "x"}), ["/colour", "/units/cooking"]),
    ("four at once", {"case_id": 7, "closed_at": 1, "outcome": [], "units": {"handling": {}}},
     ["/case_id", "/closed_at", "/outcome", "/units/handling"]),
    ("not an object", [1, 2], None),
    ("not JSON", "{\"case_id\":", None),
    ("nothing", "", None),
    ("two values", "{} {}", None),
    ("same name twice", '{"case_id":"a","case_id":"b"}', None),
    ("not UTF-8", b'{"case_id":"\xff\xfe"}', None),
    ("a NUL", '{"case_id":"a\\u0000b"}', None),
    ("deep", "[" * 100000, None),
]


@pytest.fixture(scope="module")
def shared():
    from house import House
    h = House().start()
    yield h
    h.close()


@pytest.mark.parametrize("name,body,fields", BAD_BODIES, ids=[row[0] for row in BAD_BODIES])
def test_bad_body(shared, name, body, fields):
    status, headers, problem = shared.post(body)
    assert (status, headers["Content-Type"]) == (400, PROBLEM), problem
    assert problem["status"] == 400 and problem["title"] and problem["detail"]
    if fields:
        assert sorted(e["field"] for e in problem["errors"]) == sorted(fields), problem
        assert all(e["detail"] for e in problem["errors"])
    assert shared.entries("scores") == [] and not list(shared.redis.link.scan_iter("hl:{*}:survey:*"))


def test_tokens_and_scopes(house):
    reader = house.new_token("reader", "read")
    poster = house.new_token("poster", "cases")
    house.daemon.send_signal(1)
    until(lambda: house.call("GET", "/v1/cases/X", token=reader)[0] == 404, "the new token")
    rows = [
        ("POST", "/v1/cases", None, 401), ("POST", "/v1/cases", "wrong", 401), ("POST", "/v1/cases", reader, 403),
        ("GET", "/v1/cases/X", poster, 403), ("GET", "/v1/sandbox/messages", reader, 403), ("GET", "/v1/status", None, 401),
        ("GET", "/metrics", None, 200), ("GET", "/healthz", None, 200), ("GET", "/readyz", None, 200),
        ("GET", "/nowhere", reader, 404), ("DELETE", "/v1/cases", poster, 405),
    ]
    for method, path, token, want in rows:
        status, headers, body = house.call(method, path, a_case("T-1") if method == "POST" else None, token=token)
        assert status == want, (method, path, body)
        if want == 401:
            assert headers["WWW-Authenticate"].startswith("Bearer")
        if want >= 400:
            assert headers["Content-Type"] == PROBLEM and body["status"] == want
    assert house.post(a_case("T-1"), token=poster)[0] == 202


def test_sizes_and_types(house):
    big = a_case("S-1", procedure="x" * (1 << 20))
    assert house.post(big)[0] == 413
    assert house.post("x" * ((8 << 20) + 1), kind="application/x-ndjson")[0] == 413
    for kind in ("text/plain", "application/xml", "application/jsonp"):
        assert house.post(a_case("S-1"), kind=kind)[0] == 415, kind
    assert house.post(a_case("S-1"), kind="application/json; charset=utf-8")[0] == 202
    lines = "\n".join("{}" for _ in range(10001))
    status, _, body = house.post(lines, kind="application/x-ndjson")
    assert status == 413, body


def test_request_id(house):
    assert house.post(a_case("R-1"), headers={"X-Request-Id": "abc-1.2_3"})[1]["X-Request-Id"] == "abc-1.2_3"
    made = house.post(a_case("R-1"), headers={"X-Request-Id": "not valid\t!"})[1]["X-Request-Id"]
    assert made and "!" not in made


def test_every_refusal_has_its_headers(house):
    """Also what is refused before any call is known."""
    seen = set()
    for method, path, headers, want, allow in (("DELETE", "/v1/cases", {}, 405, "GET, POST"), ("GET", "/v1/cases", {}, 405, "POST"),
                                               ("POST", "/v1/cases/R-1", {}, 405, "GET"), ("GET", "/nowhere", {}, 404, None),
                                               ("POST", "/v1/cases", {"Transfer-Encoding": "gzip"}, 501, None),
                                               ("GET", "/v1/cases/" + "x" * 9000, {}, 431, None)):
        body = "{}" if method == "POST" and not headers else None
        status, got, problem = house.call(method, path, body, headers=headers)
        assert (status, got["Content-Type"], got["Allow"]) == (want, PROBLEM, allow), (method, path[:20], dict(got))
        assert problem["status"] == want and got["X-Request-Id"] not in seen
        seen.add(got["X-Request-Id"])
    assert None not in seen


NOT_ASKED = [
    ("no_phone", {"phone": None}), ("no_phone", {"phone": ""}), ("bad_phone", {"phone": "0912"}),
    ("bad_phone", {"phone": "khong co"}), ("landline", {"phone": "0263 3822 999"}), ("foreign", {"phone": "+1 202 555 0143"}),
    ("staff_number", {"phone": "0999000017"}), ("excluded", {"procedure": "9.999999"}), ("excluded", {"units": {"handling": "H36.99"}}),
    ("no_contact", {"no_contact": True}), ("too_old", {"closed_at": ago(days=11)}),
]


def test_reasons_for_not_asking(houses):
    h = houses(survey='exclude_procedures = {"9.999999"} exclude_units = {"H36.99"}').start()
    for i, (reason, change) in enumerate(NOT_ASKED):
        status, _, body = h.post(a_case(f"N-{i}", **change) if "phone" not in change else {**a_case(f"N-{i}"), **change})
        assert (status, body["state"], body.get("reason")) == (202, "not_asked", reason), (change, body)
    assert h.call("GET", "/v1/sandbox/messages")[2] == []


def test_capped_and_sampled_out(houses):
    h = houses().start()
    h.conf.write_text(h.conf.read_text().replace('every = "0s"', 'every = "30d"'))
    h.daemon.send_signal(1)
    until(lambda: "settings loaded again" in h.log(), "the reload")
    h.post(a_case("K-1"))
    h.texts("0912345678", 1)
    body = h.post(a_case("K-2"))[2]
    assert (body["state"], body["reason"]) == ("not_asked", "capped")
    h.set(survey="sample_pct = 0")
    h.daemon.send_signal(1)
    until(lambda: h.log().count("settings loaded again") >= 2, "the second reload")
    body = h.post(a_case("K-3", phone="0987654321"))[2]
    assert (body["state"], body["reason"]) == ("not_asked", "sampled_out")


def test_a_batch_of_a_thousand(house):
    bad = set(range(50, 1000, 100))
    lines = [json.dumps(a_case(f"L-{i}", phone=f"09{10000000 + i}")) if i not in bad
             else ("{broken" if i % 200 == 50 else json.dumps(a_case(f"L-{i}", outcome="nope"))) for i in range(1000)]
    status, headers, body = house.post("\n".join(lines) + "\n", kind="application/x-ndjson")
    assert status == 200 and headers["Content-Type"].startswith("application/x-ndjson")
    answers = [json.loads(x) for x in body.decode().splitlines()]
    assert len(answers) == 1000
    assert {i for i, a in enumerate(answers) if a["status"] == 400} == bad
    assert all(a["status"] == 202 and a["case_id"] == f"L-{i}" for i, a in enumerate(answers) if i not in bad)
    assert all(answers[i]["errors"][0]["field"] == "/outcome" for i in bad if i % 200 != 50)
    assert len(list(house.redis.link.scan_iter("hl:{*}:survey:*", count=2000))) == 990
    again = [json.loads(x)["status"] for x in house.post("\n".join(lines), kind="application/x-ndjson")[2].splitlines()]
    assert again.count(200) == 990 and again.count(400) == 10


def test_the_stream(house):
    link = house.redis.link
    good, bad = a_case("X-1"), a_case("X-2", outcome="nope")
    link.xadd("hl:cases", {"json": json.dumps(good)})
    bad_id = link.xadd("hl:cases", {"json": json.dumps(bad)})
    odd_id = link.xadd("hl:cases", {"wrong": "field"})
    until(lambda: link.xlen("hl:cases:rejected") == 2, "two rejections")
    house.texts("0912345678", 1)
    rejected = {f["id"]: f for _, f in link.xrange("hl:cases:rejected")}
    assert "/outcome" in rejected[bad_id]["error"] and rejected[odd_id]["error"]
    assert "912" not in str(rejected)
    until(lambda: link.xpending("hl:cases", "hailong")["pending"] == 0, "all acknowledged")
    link.xadd("hl:cases", {"json": json.dumps(good)})
    until(lambda: link.xinfo_groups("hl:cases")[0]["pending"] == 0
          and link.xinfo_groups("hl:cases")[0]["last-delivered-id"] == link.xinfo_stream("hl:cases")["last-generated-id"],
          "the repeated entry")
    house.texts("0912345678", 1)
    until(lambda: link.xlen("hl:cases") == 0, "finished entries gone")


def test_import_twice(house):
    path = house.folder / "cases.csv"
    now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    rows = ["case_id,closed_at,outcome,phone,unit_handling",
            *(f"I-{i},{now},delivered,09{20000000 + i},H36.45" for i in range(300)),
            f'"I,""x",{now},delivered,0930000001,H36.45', f"I-bad,{now},eaten,0930000002,H36.45", f"I-short,{now}",
            "I-late,yesterday,delivered,0930000003,H36.45", f"I-wide,{now},delivered,0930000004,H36.45,more"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8-sig")        # as Excel writes it
    first = json.loads(house.ctl("import", path, "--json", code=1).stdout)
    assert (first["taken"], first["known"], first["rejected"]) == (301, 0, 4)
    told = (house.folder / "cases.csv.rejects.csv").read_text()
    assert [tuple(r)[:2] for r in csv.reader(told.splitlines())] == [
        ("line", "field"), ("303", "/outcome"), ("304", "/units/handling"), ("305", "/closed_at"), ("306", "")]
    assert "093" not in told
    sent = until(lambda: (m := house.call("GET", "/v1/sandbox/messages?to=0920000299")[2]) and m, "the last text")
    again = json.loads(house.ctl("import", path, "--json", code=1).stdout)
    assert (again["taken"], again["known"], again["rejected"]) == (0, 301, 4)
    assert len(house.call("GET", "/v1/sandbox/messages?to=0920000299")[2]) == len(sent) == 1


def test_import_says_what_is_wrong_with_a_file(house):
    head = "case_id,closed_at,unit_handling"
    rows = [("colour,case_id\n", "bad.csv:1: column \"colour\""), ("", "is empty"), ("\n \n", "is empty"),
            ("\n\ncase_id,phone\nx,y\n", "bad.csv:3: column \"closed_at\""),
            (head + ",Case_ID\n", "bad.csv:1: column \"Case_ID\" is there twice"),
            (head + "\n\"x,y\n", "bad.csv:2: "), (head + "\n\nx,y\"z,w\n", "bad.csv:3: ")]
    for text, says in rows:
        path = house.folder / "bad.csv"
        path.write_text(text)
        p = house.ctl("import", path, code=1)
        assert says in p.stderr, (text, p)
    assert house.ctl("import", house.folder / "none.csv", code=1).stderr


def test_import_names_lines_as_an_editor_does(house):
    """Blank lines and line ends inside quotes count; rows are told in the order of the file, whoever refused them."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    path, rejects = house.folder / "lines.csv", house.folder / "lines.csv.rejects.csv"
    head, good, bad = "case_id,closed_at,unit_handling,procedure", f"G,{now},H36.45,", f"B,{now},,"
    rows = [("blank lines", "\n".join(["", head, "", good, "   ", bad, "", bad]), [6, 8]),
            ("quoted line ends", "\n".join([head, f'Q,{now},"H\n36\n45",', bad]), [2, 5]),
            ("CR LF", "\r\n".join([head, "", bad, bad, ""]), [3, 4]),
            ("CR", "\r".join([head, "", bad, bad]), [3, 4]),
            ("whoever refused", "\n".join([head, bad, good + ",x", bad, f"L,{now},H36.45," + "x" * 70000, bad, good]), [2, 3, 4, 5, 6])]
    for name, text, lines in rows:
        path.write_text(text, newline="")
        house.ctl("import", path, code=1)
        assert [int(x.split(",")[0]) for x in rejects.read_text().splitlines()[1:]] == lines, name
    path.write_text(f"{head}\n{good}\n")
    house.ctl("import", path)
    assert not rejects.exists()


def test_import_says_when_nobody_is_there(house):
    path = house.folder / "cases.csv"
    path.write_text("case_id,closed_at,unit_handling\nA,2026-11-23T10:05:00+07:00,H36.45\n")
    house.redis.stop()
    assert house.ctl("import", path, code=3).stdout
    house.stop()
    assert house.ctl("import", path, code=3).stderr


def test_an_unknown_unit_is_taken(house):
    """units.csv may be older than the province; the case is not lost for it."""
    assert house.post(a_case("U-1", units={"handling": "H36.77"}))[0] == 202
    assert "H36.77" in house.texts("0912345678", 1)[0]


def test_commands_refuse_nonsense():
    rows = [(["nonsense"], 2), ([], 2), (["phone"], 2), (["import"], 2), (["import", "-"], 2), (["import", "a", "b"], 2), (["phone", "0912345678"], 0), (["phone", "12"], 1), (["version"], 0),
            (["parse", "5"], 0), (["parse", "-x"], 2), (["parse", "--", "-5"], 0), (["phone", "--", "0912345678"], 0),
            (["render"], 2), (["render", "NO_SUCH_TEXT"], 1), (["render", "T1", "cq=x"], 2)]
    for args, code in rows:
        p = subprocess.run([BUILD / "hailongctl", *args], capture_output=True, text=True, timeout=20)
        assert p.returncode == code, (args, p)


def test_phone():
    p = subprocess.run([BUILD / "hailongctl", "phone", "(+84) 912 345 678", "01681234567", "0263 3822 999", b"\xff"], capture_output=True,
                       text=True, timeout=20)
    assert [json.loads(x) for x in p.stdout.splitlines()] == [
        {"in": "(+84) 912 345 678", "e164": "84912345678", "kind": "mobile", "carrier": "vinaphone"},
        {"in": "01681234567", "e164": "84381234567", "kind": "mobile", "carrier": "viettel"},
        {"in": "0263 3822 999", "kind": "landline", "reason": "a fixed line cannot receive texts"},
        {"in": "\ufffd", "kind": "bad", "reason": "not a number"}]
    assert p.returncode == 1


def test_render_needs_the_texts_only(tmp_path):
    """Who words the texts may try them without keys, tokens, Redis or daemon."""
    for name in ("demo.conf", "texts-vi.conf"):
        shutil.copy(ROOT / "conf" / name, tmp_path)
    ctl = [BUILD / "hailongctl", "-c", tmp_path / "demo.conf", "render"]
    p = subprocess.run([*ctl, "T3", "CQ=Sở Y tế [1]", "--json"], capture_output=True, text=True, timeout=20)
    assert p.returncode == 0, p
    assert [json.loads(x) for x in p.stdout.splitlines()] == [
        {"spelling": "marked", "encoding": "UCS-2", "characters": 52, "units": 52, "segments": 1,
         "text": "Cảm ơn ông/bà đã đánh giá. Sở Y tế [1] xin ghi nhận."},
        {"spelling": "plain", "encoding": "GSM-7", "characters": 52, "units": 52, "segments": 1,
         "text": "Cam on ong/ba da danh gia. So Y te ?1? xin ghi nhan."}]
    texts = tmp_path / "texts-vi.conf"
    texts.write_text(texts.read_text().replace("{CQ} xin ghi nhận", "{CQ xin ghi nhận"))
    p = subprocess.run([*ctl, "T1"], capture_output=True, text=True, timeout=20)
    line = next(i for i, row in enumerate(texts.read_text().splitlines(), 1) if row.startswith('text "T3"'))
    assert p.returncode == 1 and f"texts-vi.conf:{line}: T3:" in p.stderr, p
