"""A server whose certificate nobody has vouched for is asked nothing."""

import asyncio
import datetime
import ipaddress
import os
import ssl
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from chat_steps import collect
from sse_server import Server, play

ASK = """
import asyncio, sys
from agent_brain.models.openai_chat import OpenAIChat

async def ask():
    model = OpenAIChat("mock", base_url=sys.argv[1], api_key="any")
    async for delta in model.stream([{"role": "user", "content": "Hello"}]):
        print(delta.text, end="")
    await model.aclose()

asyncio.run(ask())
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file, with the key in it: of a server here that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a server for tests")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).add_extension(here, False)
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + secret)
    return file


def serve(certificate: Path) -> Server:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    return Server(play(lambda _: "Hello"), tls)


async def test_a_stranger_is_refused_with_the_reason(certificate: Path) -> None:
    async with serve(certificate) as server:
        model = OpenAIChat("mock", base_url=server.base_url, api_key="any", retry=RetryPolicy(attempts_max=1))
        with pytest.raises(ModelError, match="certificate") as caught:
            await collect(model)
        await model.aclose()
    assert caught.value.kind is ModelErrorKind.CONNECTION
    assert not server.requests


async def test_a_server_is_asked_that_the_environment_vouches_for(certificate: Path) -> None:
    async with serve(certificate) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASK, server.base_url,
            env={**os.environ, "SSL_CERT_FILE": str(certificate)}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
    assert said == b"Hello"
