"""A provider that speaks Kannel's smsbox dialect: takes sendsms requests, counts every reference, pushes receipts and
answers. What it does with a request is the test's choice; what it saw is never forgotten."""

import collections
import http.client
import http.server
import threading
import urllib.parse

TOKEN = "provider0hook0token"
PASSWORD = "provider-password"

CHANNEL = """channel "sms" {{ driver = "kannel" url = "{url}" username = "hailong" password_file = "kannel.password"
    from = "8088" hook_url = "http://127.0.0.1:{public}/hook/sms" hook_token_file = "kannel.hook" {more} }}
route {{ order = {{"sms"}} alerts = {{"sms"}} }}"""

ACCEPT, REFUSE, LATER, LOSE_REQUEST, LOSE_ANSWER = "accept", "refuse", "later", "lose request", "lose answer"
ANSWERS = {ACCEPT: (202, b"0: Accepted for delivery"), REFUSE: (400, b"Bad request"),
           LATER: (503, b"Temporal failure, try again later.")}

Message = collections.namedtuple("Message", "ref to text")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.served = 0                          # requests on this connection before this one

    def do_GET(self):
        fate, answer = self.server.provider.take(self.path, self.served)
        self.served += 1
        if not answer:
            self.close_connection = True         # the whole request was read; nothing is said
            return
        status, body = answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **self.server.provider.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:                          # the daemon was killed meanwhile
            self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 256

    def handle_error(self, *_):
        pass


class Provider:
    def __init__(self, fate=lambda message, served: ACCEPT, before_answer=lambda message: None, headers=None):
        """fate(message, requests before it on this connection); before_answer runs while the daemon waits."""
        self.fate, self.before_answer, self.headers = fate, before_answer, headers or {}
        self.lock = threading.Lock()
        self.seen = collections.Counter()        # reference -> requests that arrived
        self.taken = collections.Counter()       # reference -> times it was taken for delivery
        self.fates = collections.defaultdict(list)
        self.texts = collections.defaultdict(list)       # number -> messages taken, oldest first
        self.wrong = []                          # requests that are not as Kannel wants them
        self.running = 0
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.provider = self
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/cgi-bin/sendsms"

    def settle_in(self, house, more="rate = 10000 connections = 64"):
        """Makes this the house's provider; before the daemon starts."""
        house.secret("kannel.password", PASSWORD)
        house.secret("kannel.hook", TOKEN)
        house.set(channels=CHANNEL.format(url=self.url, public=house.public, more=more))
        return house

    # what the daemon asks

    def take(self, path, served):
        parts = urllib.parse.urlsplit(path)
        q = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(q.get("dlr-url", "")).query))
        m = Message(back.get("ref", ""), q.get("to", ""), q.get("text", ""))
        if parts.path != "/cgi-bin/sendsms" or not all(m) or q.get("password") != PASSWORD or back.get("token") != TOKEN:
            self.wrong.append(parts.path)
            return REFUSE, (403, b"Authorization failed")
        fate = self.fate(m, served)
        with self.lock:
            self.running += 1
            self.seen[m.ref] += 1
            self.fates[m.ref].append(fate)
            if fate in (ACCEPT, LOSE_ANSWER):
                self.taken[m.ref] += 1
                self.texts[m.to].append(m)
        try:
            self.before_answer(m)
        finally:
            with self.lock:
                self.running -= 1
        return fate, ANSWERS.get(fate)

    # what it tells the daemon

    @staticmethod
    def push(house, tail, **values):
        """The status, 0 when there was none."""
        c = http.client.HTTPConnection("127.0.0.1", house.public, timeout=20)
        try:
            c.request("GET", f"/hook/sms/{tail}?" + urllib.parse.urlencode({"token": TOKEN, **values}))
            return c.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            c.close()

    def receipt(self, house, ref, mask=1):
        return self.push(house, "dlr", ref=ref, d=mask, a="", f="")

    def answer(self, house, number, text, event):
        """A citizen's message; event: Kannel's id of it ("" = the link gives none)."""
        more = {"id": event} if event else {}
        return self.push(house, "mo", **{"from": "+" + number, "to": "8088", "text": text, "cs": "UTF-8", **more})
