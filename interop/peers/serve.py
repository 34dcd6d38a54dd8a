"""A Python peer as a process: one JSON request a line in, one JSON answer a line out."""

import json
import sys
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}


def generate(alg: str):
    """A private key as the `cryptography` package has it, which both Python peers build on."""
    if alg in CURVES:
        return ec.generate_private_key(CURVES[alg]())
    if alg in ("EdDSA", "Ed25519"):
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pems(private) -> dict[str, str]:
    """The key in every PEM form its kind has."""
    bare, public = NoEncryption(), private.public_key()
    forms = {
        "pkcs8": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, bare),
        "spki": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    if isinstance(private, rsa.RSAPrivateKey):
        forms["pkcs1"] = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, bare)
        forms["pkcs1_public"] = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        forms["sec1"] = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, bare)
    return {name: pem.decode() for name, pem in forms.items()}


def serve(operations: dict[str, Callable]) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": True, "value": operations[request.pop("op")](**request)}
        except Exception as error:  # noqa: BLE001 - a refusal is an answer, whatever its class
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
