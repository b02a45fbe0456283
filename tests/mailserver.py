"""A mail server of the tests' own: as much SMTP as a sender needs, on loopback, keeping what it took."""

import contextlib
import email
import socketserver
import threading


class MailServer(socketserver.ThreadingTCPServer):
    """`taken` holds (recipient, message) of every letter to which the server said yes.

    `refuse` are recipients it refuses. While `stuck` is cleared, it answers nobody who names a recipient; `asked` is set
    once somebody waits so.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken, self.refuse, self.lock = [], set(), threading.Lock()
        self.stuck, self.asked = threading.Event(), threading.Event()
        self.stuck.set()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A sender that dies in the middle is what the tests are about."""


class Conversation(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()

    def handle(self):
        self.say("220 tests")
        recipient = ""
        while line := self.rfile.readline().decode().strip():
            verb = line.split(maxsplit=1)[0].upper().split(":")[0]
            if verb == "EHLO":
                self.say("250 tests")
            elif verb == "RCPT":
                recipient = line.split(":", 1)[1].split(">")[0].strip(" <")
                self.server.asked.set()
                self.server.stuck.wait(30)
                self.say("550 nobody here" if recipient in self.server.refuse else "250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.take(recipient)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self, recipient):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return  # the sender died in the middle of a letter: it was never taken
            lines.append(line)
        with self.server.lock:
            self.server.taken.append((recipient, email.message_from_bytes(b"".join(lines))))
        self.say("250 taken")


@contextlib.contextmanager
def serving():
    """A running MailServer."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stuck.set()
            server.shutdown()
            thread.join()
