"""A house for the daemon under test: its own folder, a private redis-server, settings written for the test.

Everything talks over loopback; every process is ours and is ended by its id. Waiting is always for something:
`until` looks again and again and gives up at a deadline."""

import glob
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HAILONG_BUILD", ROOT / "build"))
DEADLINE = 20.0
_tick = threading.Event()


def until(look, what, limit=DEADLINE):
    """The first true value of look(); fails with `what` when none comes in time."""
    end = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"waited {limit} s in vain: {what}"
        _tick.wait(0.02)


_given = set()


def free_port():
    """Below the range clients get theirs from: a daemon that is started again must find its port free."""
    while True:
        port = random.SystemRandom().randrange(16384, 32768)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


def running(process):
    return process is not None and process.poll() is None


class Redis:
    """A redis-server on a unix socket that syncs every write."""

    def __init__(self, folder, *options):
        self.folder, self.options = folder, options
        self.path = folder / "redis.sock"
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--dir", self.folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
             "--logfile", self.folder / "redis.log", *self.options])
        self.link = redis.Redis(unix_socket_path=str(self.path), decode_responses=True)
        until(self.answers, "redis-server")

    def answers(self):
        try:
            return self.link.ping()
        except redis.RedisError:
            return False

    def stop(self, how=signal.SIGTERM):
        if running(self.process):
            self.process.send_signal(how)
            self.process.wait(DEADLINE)


SETTINGS = """
instance = "flow"
public = "127.0.0.1:{public}"
private = "127.0.0.1:{private}"
state_dir = "state"
{top}
redis {{ url = "unix:{redis}?db=0" prefix = "hl" {redis_more} }}
survey {{ delay = "{delay}" window = "{window}" days = {{"mon","tue","wed","thu","fri","sat","sun"}}
         every = "0s" unsolicited_per_day = 100 {survey} }}
{channels}
"""
SANDBOX = 'channel "sms" { driver = "sandbox" }\nroute { order = {"sms"} alerts = {"sms"} }'


class House:
    def __init__(self, channels=SANDBOX, delay="0s", window="00:00-24:00", survey="", top="", redis_more="",
                 redis_options=(), redis_path=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hailong-flow-"))
        self.public, self.private = free_port(), free_port()
        self.daemon, self.redis = None, Redis(self.folder, *redis_options)
        self.program, self.env = "hailongd", {}
        self.redis_path = redis_path or self.redis.path
        (self.folder / "state").mkdir()
        for name in ("units.csv", "staff.csv", "holidays.txt", "texts-vi.conf"):
            shutil.copy(ROOT / "conf" / name, self.folder)
        self.set(channels=channels, delay=delay, window=window, survey=survey, top=top, redis_more=redis_more)
        self.ctl("keys", "new")
        self.token = self.new_token("flow", "cases,read,followups,admin")

    # settings

    def set(self, **parts):
        self.parts = {**getattr(self, "parts", {}), **parts}
        self.conf = self.folder / "hailong.conf"
        self.conf.write_text(SETTINGS.format(public=self.public, private=self.private, redis=self.redis_path,
                                             **self.parts))

    def secret(self, name, value):
        path = self.folder / name
        path.write_text(value + "\n")
        path.chmod(0o600)

    def new_token(self, name, scopes):
        return self.ctl("token", "new", name, "--scope", scopes).stdout.strip()

    # the daemon

    def spawn(self, clock=None):
        """clock: what its wall clock says, "+2m" or "@2026-11-24 14:00:00" (UTC)."""
        env = dict(os.environ, TZ="UTC", **self.env)
        if clock:
            (self.folder / "clock").write_text(clock + "\n")
            env.update(LD_PRELOAD=glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0], DONT_FAKE_MONOTONIC="1",
                       FAKETIME_TIMESTAMP_FILE=str(self.folder / "clock"), FAKETIME_NO_CACHE="1",
                       ASAN_OPTIONS="verify_asan_link_order=0")
        with open(self.folder / "hailongd.log", "ab") as log:
            return subprocess.Popen([BUILD / self.program, "-c", self.conf], stderr=log, stdout=log, env=env)

    def move_clock(self, clock):
        """Of a daemon that was started with one."""
        (self.folder / "clock").write_text(clock + "\n")

    def start(self, clock=None):
        self.daemon = self.spawn(clock)
        until(self.ready, "hailongd to be ready")
        return self

    def ready(self):
        assert running(self.daemon), f"hailongd ended with {self.daemon.returncode}:\n" + self.log()
        return self.try_get("/readyz") == 200

    def try_get(self, path):
        try:
            return self.call("GET", path, token=None)[0]
        except OSError:
            return 0

    def kill(self):
        self.daemon.kill()
        self.daemon.wait(DEADLINE)

    def stop(self):
        if running(self.daemon):
            self.daemon.terminate()
            self.daemon.wait(30)
        return self.daemon.returncode if self.daemon else None

    def close(self):
        if running(self.daemon):
            self.kill()
        self.redis.stop(signal.SIGKILL)
        shutil.rmtree(self.folder)

    def log(self):
        path = self.folder / "hailongd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def ctl(self, *args, code=0, text=None):
        p = subprocess.run([BUILD / "hailongctl", "-c", self.conf, *args], capture_output=True, text=True, input=text,
                           timeout=60)
        assert code is None or p.returncode == code, (args, p.returncode, p.stdout, p.stderr)
        return p

    # HTTP

    def call(self, method, path, body=None, token="", kind="application/json", headers=None, port=None):
        """(status, headers, body): the body as object when it is JSON."""
        c = http.client.HTTPConnection("127.0.0.1", port or self.private, timeout=DEADLINE)
        send = dict(headers or {})
        if token is not None:
            send["Authorization"] = "Bearer " + (token or self.token)
        if body is not None:
            send["Content-Type"] = kind
            if not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
        c.request(method, path, body, send)
        a = c.getresponse()
        data = a.read()
        c.close()
        if "json" in a.headers.get("Content-Type", "") and "ndjson" not in a.headers["Content-Type"]:
            data = json.loads(data)
        return a.status, a.headers, data

    def post(self, case, **more):
        return self.call("POST", "/v1/cases", case, **more)

    def story(self, case_id):
        status, _, body = self.call("GET", "/v1/cases/" + case_id)
        assert status == 200, body
        return body

    def survey(self, case_id):
        return self.story(case_id)["surveys"][0]

    # what others see

    def entries(self, stream):
        """All entries of hl:{0..15}:stream."""
        pipe = self.redis.link.pipeline(transaction=False)
        for n in range(16):
            pipe.xrange(f"hl:{{{n}}}:{stream}")
        return [fields for part in pipe.execute() for _, fields in part]

    def texts(self, number, n):
        """The texts to a number, oldest first, when there are n of them; never more."""
        def look():
            status, _, body = self.call("GET", "/v1/sandbox/messages?to=" + number)
            assert status == 200, body
            return [body] if len(body) >= n else None
        (got,) = until(look, f"{n} texts")
        assert len(got) == n, got
        return [m["text"] for m in got]

    def reply(self, number, text):
        status, _, body = self.call("POST", "/v1/sandbox/replies", {"from": number, "text": text})
        assert status in (200, 202), body


def a_case(case_id, phone="0912 345 678", **more):
    return {"case_id": case_id, "closed_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "outcome": "delivered", "phone": phone, "procedure": "1.004227",
            "units": {"receiving": "H36.90", "handling": "H36.45", "returning": "H36.90"},
            "officers": {"receiving": "nv017", "handling": "nv023", "returning": "nv017"}, **more}
