"""
E-mail against a mail server on loopback: what arrives, and what happens next when it is not taken.
"""

import asyncio
import email
import email.policy
import socket
import time
from contextlib import asynccontextmanager

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from decider.newsroom import Newsroom
from decider.stories import breach, given, recovered, started
from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.sinks.choosing import sinks_of
from rollguard_runtime.errors import Permanent, Temporary

PASSWORD = "0123456789abcdef"


def _incident():
    story = given(started(), breach(value=0.79)).given(recovered(at=80))
    return Newsroom().hears_story(story).alerts


class Mailbox:
    """Keeps what arrives, or answers as a test wants."""

    def __init__(self):
        self.messages = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # the library's name
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.answer


@asynccontextmanager
async def mail_server(**options):
    """Give a mailbox and the address of its server."""
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="mail.example", loop=loop, **options), "127.0.0.1", 0)
    async with server:
        yield mailbox, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def channel(address, **more):
    given_settings = {
        "email_to": "sre@shop.example, ml@shop.example",
        "email_from": "rollguard@shop.example",
        "email_security": "none",
    }
    (sink,) = sinks_of(AlertSettings(**{**given_settings, "email_server": address, **more}), clock=time.time)
    return sink


async def test_an_incident_is_one_thread_with_the_reasons_and_the_commands():
    opened, resolved = _incident()
    async with mail_server() as (mailbox, address):
        for alert in (opened, opened, resolved):
            await channel(address).send(alert)
    first, again, last = mailbox.messages
    assert first["subject"] == "[CRITICAL] shop/fraud-scorer: back from revision 8 to 7, decided"
    assert first["to"] == "sre@shop.example, ml@shop.example"
    assert first["message-id"] == again["message-id"] != last["message-id"]
    assert len({message["references"] for message in mailbox.messages}) == 1
    text = first.get_body().get_content()
    assert "accuracy is 0.79, below its bound 0.85" in text
    assert f"rollguard explain {opened.decision.id}" in text
    assert [part.get_filename() for part in first.iter_attachments()] == [f"{opened.decision.id}.json"]


@pytest.mark.parametrize(("answer", "kind"), [("451 try again later", Temporary), ("552 too large", Permanent)])
async def test_what_the_server_answers_decides_what_happens_next(answer, kind):
    async with mail_server() as (mailbox, address):
        mailbox.answer = answer
        with pytest.raises(kind, match=answer[:3]):
            await channel(address).send(_incident()[0])


async def test_every_recipient_refused_is_refused_for_good():
    async def refuse(server, session, envelope, recipient, options):
        return "550 nobody of that name"

    async with mail_server() as (mailbox, address):
        mailbox.handle_RCPT = refuse
        with pytest.raises(Permanent, match="550"):
            await channel(address).send(_incident()[0])


async def test_a_wrong_password_is_refused_for_good_and_not_told():
    def nobody(*_):
        return AuthResult(success=False, handled=False)

    async with mail_server(authenticator=nobody, auth_require_tls=False) as (_, address):
        sink = channel(address, email_username="rollguard", email_password=PASSWORD)
        with pytest.raises(Permanent, match="535") as raised:
            await sink.send(_incident()[0])
    assert PASSWORD not in str(raised.value)


async def test_a_server_that_cannot_encrypt_is_not_given_the_alert():
    async with mail_server() as (mailbox, address):
        with pytest.raises(Permanent, match="STARTTLS"):
            await channel(address, email_security="starttls").send(_incident()[0])
    assert mailbox.messages == []


async def test_no_server_is_tried_again():
    with pytest.raises(Temporary, match="cannot be reached"):
        await channel(f"127.0.0.1:{_free_port()}").send(_incident()[0])


async def test_a_server_that_does_not_answer_is_waited_for_no_longer():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Temporary, match="cannot be reached"):
        await channel(f"127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.1).send(_incident()[0])


def test_the_port_is_the_usual_one_of_the_security():
    assert channel("mail.example", email_security="tls")._post.port == 465
    assert channel("mail.example", email_security="starttls")._post.port == 587
