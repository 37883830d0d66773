"""A real Kannel (Debian's bearerbox and smsbox) and, behind its fake SMSC link, a phone (Debian's fakesmsc).

Own folder, free ports on loopback; every process is ours and is ended by its id. The settings are those of docs/CHANNELS.md."""

import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from house import DEADLINE, ROOT, SANDBOX, free_port, running, until

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
USER, PASSWORD, TOKEN, SENDER = "hailong", "mat-khau-kannel", "mBn3vQ8sT1kXw5Zr", "8088"


def groups(text):
    """[{"group": "core", ...}, ...] of the indented blocks of a document: what a reader would paste into kannel.conf."""
    found = []
    for line in text.splitlines() + [""]:
        key, equals, value = line.strip().partition(" = ")
        if line.startswith("    group = "):
            found.append({key: value})
        elif found and found[-1] is not None and line.startswith("    ") and equals:
            found[-1][key] = value
        elif found:
            found.append(None)
    return [g for g in found if g]


def configuration(folder, admin, box, http, link, hook, method):
    """docs/CHANNELS.md with our own places and secrets, the link to the network replaced by the one to a phone."""
    core, _, smsbox, user, service, fake = groups((ROOT / "docs/CHANNELS.md").read_text())
    core.update({"admin-port": admin, "admin-password": "admin", "smsbox-port": box,
                 "store-location": f'"{folder}/store"', "dlr-spool": f'"{folder}/dlr"'})
    smsbox.update({"sendsms-port": http, "http-queue-delay": 1})
    user.update({"password": PASSWORD})
    fake.update({"port": link})
    url = service.pop("post-url").replace("TOKEN", TOKEN).replace("8480", str(hook))
    service["post-url" if method == "post" else "get-url"] = url if method == "post" else url[:-1] + '&text=%b"'
    return "\n".join("".join(f"{key} = {value}\n" for key, value in g.items())
                     for g in (core, fake, smsbox, user, service))


CHANNEL = """
channel "sms" {{ driver = "kannel" url = "http://127.0.0.1:{http}/cgi-bin/sendsms" username = "{user}"
                password_file = "kannel.password" from = "{sender}"
                hook_url = "http://127.0.0.1:{hook}/hook/sms" hook_token_file = "kannel.hook" rate = 50 connections = 4 }}
route {{ order = {{"sms"}} alerts = {{"sms"}} }}
"""


class Kannel:
    """For one hailongd, whose public door is at `hook`. method: how smsbox hands over answers."""

    def __init__(self, hook, method="post"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hailong-kannel-"))
        for name in ("store", "dlr"):
            (self.folder / name).mkdir()
        self.hook, self.conf = hook, self.folder / "kannel.conf"
        self.admin, self.http, self.link, box = (free_port() for _ in range(4))
        self.conf.write_text(configuration(self.folder, self.admin, box, self.http, self.link, hook, method))
        self.boxes = {}
        self.phone = Phone(self)

    def furnish(self, house):
        """Settings and secrets of a house that sends through this Kannel."""
        house.secret("kannel.password", PASSWORD)
        house.secret("kannel.hook", TOKEN)
        house.set(channels=CHANNEL.format(http=self.http, user=USER, sender=SENDER, hook=self.hook))

    def start(self):
        self._run("bearerbox")
        until(lambda: "running" in self.status(), "bearerbox")
        self._run("smsbox")
        until(lambda: "smsbox:" in self.status() and self._get(self.http, "/"), "smsbox")
        self.phone.listen()
        return self

    def smsbox_dies(self):
        self.boxes["smsbox"].kill()
        self.boxes["smsbox"].wait(DEADLINE)
        self._run("smsbox")

    def _run(self, box):
        with open(self.folder / (box + ".log"), "ab") as log:
            self.boxes[box] = subprocess.Popen(["/usr/sbin/" + box, self.conf], stdout=log, stderr=log, cwd=self.folder)

    def stop(self):
        """As a reboot would: the phone loses its link, both boxes end, what is queued is on disk."""
        self.phone.hang_up()
        for box in ("smsbox", "bearerbox"):
            process = self.boxes.pop(box, None)
            if running(process):
                process.terminate()
                try:
                    process.wait(DEADLINE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(DEADLINE)

    def close(self):
        self.phone.hang_up()
        for process in self.boxes.values():
            if running(process):
                process.kill()
                process.wait(DEADLINE)
        shutil.rmtree(self.folder)

    def _get(self, port, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=DEADLINE) as a:
                return a.read().decode()
        except urllib.error.HTTPError as e:
            return str(e.code)
        except OSError:
            return ""

    def status(self):
        return self._get(self.admin, "/status.txt?password=admin")

    def log(self):
        return "\n".join(p.read_text(errors="replace")[-3000:] for p in self.folder.glob("*.log"))

    def calls(self):
        """How often smsbox has called us with an answer of the phone."""
        return (self.folder / "smsbox.log").read_text(errors="replace").count("/hook/sms/mo?")


class Phone:
    """The citizen: one fakesmsc at a time. It says at most one thing when it starts, then prints what it gets."""

    GOT = re.compile(r"Got message \d+: <(.*)>$", re.M)

    def __init__(self, kannel):
        self.kannel, self.process, self.logs = kannel, None, 0

    def listen(self, *message):
        self.hang_up()
        self.logs += 1
        path = self.kannel.folder / f"phone-{self.logs}.log"
        with open(path, "wb") as log:
            self.process = subprocess.Popen(
                [FAKESMSC, "-H", "127.0.0.1", "-r", str(self.kannel.link), "-i", "0.01", "-m", str(len(message)),
                 *(message or ["0 0 text none"])], stdout=log, stderr=log)
        # Bearerbox takes one phone at a time; the line is ours when it says so.
        until(lambda: "online" in self.kannel.status() and (not message or b"sent message 1" in path.read_bytes()),
              "the fake link")

    def hang_up(self):
        if running(self.process):
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(DEADLINE)
            if running(self.kannel.boxes.get("bearerbox")):
                until(lambda: "online" not in self.kannel.status(), "the fake link to go down")

    def say(self, number, text):
        """As a handset does: GSM letters as they are, anything else as UCS-2."""
        if text.isascii():
            self.listen(f"{number} {SENDER} text {text}")
        else:
            self.listen(f"{number} {SENDER} ucs2 {percent(text.encode('utf-16-be'))}")

    def say_part(self, number, total, part, text, ref=7):
        """One part of a concatenated message."""
        udh = percent(bytes([5, 0, 3, ref, total, part]))
        self.listen(f"{number} {SENDER} udh-text {udh} {text}")

    def got(self):
        """What came, in order: (receiver, kind, whole text, number of parts)."""
        lines = []
        for n in range(1, self.logs + 1):
            lines += self.GOT.findall((self.kannel.folder / f"phone-{n}.log").read_text(errors="replace"))
        whole, parts = [], {}
        for line in lines:
            sender, to, kind, rest = line.split(" ", 3)
            assert sender == SENDER, line
            if kind != "udh":
                whole.append((to, kind, decode(kind, rest), 1))
                continue
            udh, coding, data = rest.split(" ", 2)
            _, _, _, ref, total, number = urllib.parse.unquote_to_bytes(udh)
            parts.setdefault((to, ref), {})[number] = data
            if len(parts[to, ref]) == total:
                mine = parts.pop((to, ref))
                kind = "ucs-2" if coding == "data" else "text"
                whole.append((to, kind, "".join(decode(kind, mine[i]) for i in range(1, total + 1)), total))
        return whole

    def texts(self, number, n):
        """The texts to a number when there are n of them; never more."""
        def look():
            mine = [text for to, _, text, _ in self.got() if to == number]
            return [mine] if len(mine) >= n else None
        (mine,) = until(look, f"{n} texts at the phone")
        assert len(mine) == n, mine
        return mine


def percent(data):
    return "".join(f"%{b:02X}" for b in data)


def decode(kind, text):
    return urllib.parse.unquote_to_bytes(text.replace("+", " ")).decode("utf-16-be") if kind == "ucs-2" else text


def furnished(houses, kannels, method="post", **parts):
    """A house and its Kannel, both running."""
    house = houses(channels=SANDBOX, **parts)
    kannel = kannels(house.public, method)
    kannel.furnish(house)
    return house.start(), kannel
