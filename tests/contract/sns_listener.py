"""A listener for SNS's deliveries over HTTP: keeps what arrives, confirms when told to, fails when told to."""
import http.server
import json
import ssl
import threading
import time
import urllib.request


class Listener:
    """with Listener() as here: ... here.url ... here.wait(lambda messages: ...)"""

    def __init__(self, confirm=True, certificate=None):
        self.messages, self.headers, self.raw = [], [], []
        self.answers = []  # Statuses of the next answers to notifications; then 200.
        self.changed = threading.Condition()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = listener.take(dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.confirm = confirm
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def take(self, headers, body):
        headers = {name.lower(): value for name, value in headers.items()}
        kind = headers.get("x-amz-sns-message-type")
        with self.changed:
            status = self.answers.pop(0) if kind == "Notification" and self.answers else 200
            self.headers.append(headers)
            self.raw.append(body)
            message = {"raw": body} if headers.get("x-amz-sns-rawdelivery") else json.loads(body)
            message["status"] = status
            self.messages.append(message)
            self.changed.notify_all()
        if kind == "SubscriptionConfirmation" and self.confirm:
            urllib.request.urlopen(message["SubscribeURL"], timeout=10).read()
        return status

    def of_type(self, kind):
        return [m for m in self.messages if m.get("Type") == kind]

    def wait(self, condition, seconds=30):
        """Waits until condition(self) holds; says what came when it does not."""
        end = time.monotonic() + seconds
        with self.changed:
            while not condition(self):
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not in {seconds} s; came: {self.raw}")
                self.changed.wait(min(left, 0.5))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
