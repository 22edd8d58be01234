"""An SMTP server for the tests: takes messages, reads them with Python's own parser of e-mail, and prints a line of
JSON for each. It refuses the first message to an address that begins with "later".

usage: smtp_server.py PORT
"""
import email
import email.policy
import json
import sys
import time

from aiosmtpd.controller import Controller


class Handler:
    def __init__(self):
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("later") and address not in self.refused:
            self.refused.add(address)
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        lines = envelope.content.split(b"\r\n")
        print(json.dumps({
            "from": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "to": str(message["To"]),
            "subject": str(message["Subject"]),
            "id": str(message["Message-ID"]),
            "date": message["Date"].datetime is not None and str(message["Date"].datetime),
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
            "longest": max(len(line) for line in lines),
            "ascii": all(byte < 128 for byte in envelope.content),
            "plain": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
        }), flush=True)
        return "250 taken"


controller = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print(json.dumps({"port": int(sys.argv[1])}), flush=True)
while True:
    time.sleep(3600)
