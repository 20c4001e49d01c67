"""
E-mail over SMTP: one thread an incident, by the headers that mail programs thread by.

A message's id comes from the alert, so that a mail program that is sent it twice shows it once. What the server
refuses for the moment (4xx) is tried again; what it refuses for good (5xx), the password included, is not.
"""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal

import msgspec

from rollguard_decider.sinks import texts
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.alerts import Alert

Security = Literal["starttls", "tls", "none"]
_RETRY_SECONDS = 10.0


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server, and from whom to whom."""

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    username: str = ""
    password: str = ""
    ca_file: str = ""
    timeout_seconds: float = 10.0


class Email:
    """Sends through one server, a connection a message."""

    name = "email"
    keeps = False
    forgets = False

    def __init__(self, post: Post) -> None:
        self._post = post

    async def send(self, alert: Alert) -> None:
        """Send a message."""
        await asyncio.to_thread(self._send, self._message(alert))

    async def close(self) -> None:
        """Nothing to let go."""

    def _message(self, alert: Alert) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = texts.shortened(" ".join(texts.headline(alert).split()), 200)
        message["From"], message["To"] = self._post.sender, ", ".join(self._post.recipients)
        message["Date"] = formatdate(alert.time_unix_seconds)
        message["Message-ID"] = self._id(alert.id)
        message["Auto-Submitted"] = "auto-generated"
        # A message with this id is never sent: naming it is enough for mail programs to keep the incident together.
        message["In-Reply-To"] = message["References"] = self._id(alert.incident)
        message.set_content(texts.page(alert))
        message.add_attachment(texts.decision_json(alert).encode(), "application", "json", filename=f"{alert.decision.id}.json")
        return message

    def _id(self, name: str) -> str:
        return f"<{name}@{self._post.sender.rpartition('@')[2].strip('>') or texts.PRODUCT}>"

    def _send(self, message: EmailMessage) -> None:
        try:
            with self._connected() as server:
                server.send_message(message, self._post.sender, list(self._post.recipients))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _refused(min(codes), "every recipient was refused") from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, _text(error.smtp_error)) from None
        except smtplib.SMTPNotSupportedError as error:
            raise Permanent(f"email: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Temporary(f"email: the server cannot be reached: {error}", retry_after_seconds=_RETRY_SECONDS) from error

    def _connected(self) -> smtplib.SMTP:
        post = self._post
        context = ssl.create_default_context(cafile=post.ca_file or None)
        if post.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(post.host, post.port, timeout=post.timeout_seconds, context=context)
        else:
            server = smtplib.SMTP(post.host, post.port, timeout=post.timeout_seconds)
        try:
            if post.security == "starttls":
                server.starttls(context=context)
            if post.username:
                server.login(post.username, post.password)
        except BaseException:
            server.close()
            raise
        return server


def _text(told: bytes | str) -> str:
    return told if isinstance(told, str) else told.decode(errors="replace")


def _refused(code: int, told: str) -> Exception:
    text = f"email: the server answers {code}: {told[:200]}"
    return Temporary(text, retry_after_seconds=_RETRY_SECONDS) if code < 500 else Permanent(text)
