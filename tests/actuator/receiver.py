"""
A receiver of webhooks on loopback, as somebody would write one: it verifies what it gets by the standard's own library, takes each
message once, and keeps what it is told.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import standardwebhooks

SECRET = "whsec_" + "c2VjcmV0" * 4


class Receiver:
    """Serves until closed; ``trouble`` are statuses to answer with, in turn, ``lost`` how many answers get lost after the deed."""

    def __init__(self):
        self.live, self.claim, self.known, self.marks = None, None, {}, {}
        self.seen, self.moves, self.orders, self.trouble, self.lost = [], [], [], [], 0
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, headers, body):
        """Verify and obey a message, and return status and answer."""
        try:
            message = standardwebhooks.Webhook(SECRET).verify(body, headers)
        except standardwebhooks.WebhookVerificationError:
            return 401, {"error": "not signed by the secret that we share"}
        if self.trouble:
            return self.trouble.pop(0), {}
        what, data, message_id = message["type"].removeprefix("rollguard."), message["data"], headers["webhook-id"]
        if data["name"] != "fraud":
            return 200, {"revision": None}
        if what == "observe":
            return 200, {"revision": self.live, "claim": self.claim, "acted": [order["decision_id"] for order in self.orders]}
        if what == "look-up":
            is_known = data["revision"] in self.known
            return 200, {"exists": is_known, "is_ready": is_known, "marked_by": self.marks.get(data["revision"])}
        if message_id not in self.seen:
            self.seen.append(message_id)
            self._obey(what, data, message_id)
        return 200, {}

    def _obey(self, what, data, message_id):
        data = {name: content for name, content in data.items() if name != "name"}
        if what == "claim":
            self.claim = data
        if what == "move":
            self.live = data["to_revision"]
            self.moves.append(message_id)
        if what == "call":
            self.orders.append(data)
        if what == "mark":
            self.marks = {data["restored_revision"]: data["decision_id"]}


class _Handler(BaseHTTPRequestHandler):
    receiver = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.receiver.take({name.lower(): text for name, text in self.headers.items()}, body)
        if self.receiver.lost and json.loads(body)["type"] in ("rollguard.move", "rollguard.call"):
            self.receiver.lost -= 1
            self.close_connection = True
            return
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass
