#!/usr/bin/env python3
"""Users of another system, as many as wanted, in the form that system documents: generate.py KIND COUNT > FILE

Kinds: auth0, auth0-array, firebase, firebase-csv, keycloak, supabase, supabase-json, csv.

The same users every time. Every hash has the form and the cost of the system it is of. One user in a thousand has a real
one, made here by libxcrypt, hashlib, OpenSSL or Debian's argon2: its password is "correct horse N", N being its number.
All others have random bytes in the place of the hash, which nothing but a login could tell from a real one. Some users
lack an address, stand twice in the file, came by another provider or have a second factor, as in life.
"""

import base64
import crypt
import csv
import datetime
import functools
import hashlib
import json
import random
import subprocess
import sys
import warnings
from uuid import UUID

warnings.simplefilter("ignore")

SIGNER_KEY = hashlib.sha512(b"the signer key of a project that does not exist").digest()
SEPARATOR = b"\x07"
REAL_EVERY = 1000
BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def b64(data):
    return base64.b64encode(data).decode()


def bare(data):
    return b64(data).rstrip("=")


class User:
    """What every kind tells of the same person."""

    def __init__(self, n):
        self.n, self.random = n, random.Random(n)
        self.real = n % REAL_EVERY == 0
        of = self.random.random
        self.email = None if n % 199 == 3 else f"user{n - 1 if n % 499 == 7 else n}@example.com"
        self.verified = self.real or of() < 0.9
        self.name = f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"
        self.created = 1_500_000_000_000 + n * 1_000_003 % 250_000_000_000
        self.social = not self.real and of() < 0.08
        self.factor = not self.real and of() < 0.03
        self.blocked = not self.real and of() < 0.01
        self.roles = ["editor"] if of() < 0.1 else []
        self.data = {"theme": self.random.choice(["dark", "light"]), "city": self.random.choice(LAST)}
        self.id = UUID(bytes=self.random.randbytes(16), version=4)
        self.salt = self.random.randbytes(16)
        self.password = f"correct horse {n}".encode()

    def bytes(self, length):
        return self.random.randbytes(length)

    def bcrypt(self, cost=10, version="2b"):
        salt = "".join(self.random.choice(BCRYPT) for _ in range(21)) + "u"
        if self.real:
            return crypt.crypt(self.password.decode(), f"${version}${cost}${salt}")
        return f"${version}${cost}${salt}" + "".join(self.random.choice(BCRYPT) for _ in range(30)) + "O"

    def pbkdf2(self, name, iterations, length):
        if self.real:
            return hashlib.pbkdf2_hmac(name, self.password, self.salt, iterations, length)
        return self.bytes(length)

    def scrypt(self, log_n):
        if self.real:
            return hashlib.scrypt(self.password, salt=self.salt, n=1 << log_n, r=8, p=1, dklen=64, maxmem=1 << 28)
        return self.bytes(64)

    def argon2id(self, memory, passes):
        if not self.real:
            return self.bytes(32)
        # The command takes the salt as text.
        self.salt = bare(self.salt)[:16].encode()
        made = subprocess.run(
            ["argon2", self.salt.decode(), "-id", "-t", str(passes), "-k", str(memory), "-p", "1", "-r"],
            input=self.password, capture_output=True, check=True)
        return bytes.fromhex(made.stdout.decode().strip())

    def firebase(self):
        """Salt and hash: the signer key, encrypted with what scrypt makes of the password."""
        salt = self.salt[:10]
        if not self.real:
            return b64(salt), b64(self.bytes(64))
        key = hashlib.scrypt(self.password, salt=salt + SEPARATOR, n=1 << 14, r=8, p=1, dklen=32, maxmem=1 << 28)
        command = ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", "0" * 32]
        made = subprocess.run(command, input=SIGNER_KEY, capture_output=True, check=True)
        return b64(salt), b64(made.stdout)


def iso(ms):
    return datetime.datetime.utcfromtimestamp(ms / 1000).isoformat(timespec="milliseconds") + "Z"


def auth0(user):
    """The file of hashes from the support: an object a line, one hash in ten that was imported there in its turn."""
    value = {"_id": {"$oid": user.id.hex[:24]}, "email_verified": user.verified, "tenant": "acme",
             "connection": "Username-Password-Authentication", "_tmp_is_unique": True, "name": user.name,
             "created_at": {"$date": iso(user.created)}, "user_metadata": user.data,
             "app_metadata": {"roles": user.roles, "plan": "free"} if user.roles else {}}
    if user.email:
        value["email"] = user.email
        value["identifiers"] = [{"type": "email", "value": user.email, "verified": user.verified}]
    if user.social:
        value["identities"] = [{"provider": "google-oauth2", "isSocial": True}]
    else:
        value["passwordHash"] = user.bcrypt(version=["2b", "2a"][user.n % 2])
    if user.factor:
        value["mfa_factors"] = [{"totp": {"secret": "JBSWY3DPEHPK3PXP"}}]
    if user.blocked:
        value["blocked"] = True
    return value


def auth0_array(user):
    """The form of its own bulk import, with each kind of hash that it documents and Jotgate checks."""
    value = auth0(user)
    for name in ("_id", "tenant", "connection", "_tmp_is_unique", "identifiers", "passwordHash"):
        value.pop(name, None)
    value["user_id"], value["created_at"] = str(user.id), iso(user.created)
    if user.social:
        return value
    kind = user.n // REAL_EVERY % 5 if user.real else user.n % 5
    if kind == 0:
        custom = {"algorithm": "bcrypt", "hash": {"value": user.bcrypt()}}
    elif kind == 1:
        hashed = user.argon2id(19456, 2)
        phc = f"$argon2id$v=19$m=19456,t=2,p=1${bare(user.salt)}${bare(hashed)}"
        custom = {"algorithm": "argon2", "hash": {"value": phc, "encoding": "utf8"}}
    elif kind == 2:
        phc = f"$pbkdf2-sha512$i=100000,l=64${bare(user.salt)}${bare(user.pbkdf2('sha512', 100000, 64))}"
        custom = {"algorithm": "pbkdf2", "hash": {"value": phc, "encoding": "utf8"}}
    elif kind == 3:
        custom = {"algorithm": "scrypt", "hash": {"value": user.scrypt(14).hex(), "encoding": "hex"},
                  "salt": {"value": b64(user.salt), "encoding": "base64"},
                  "keylen": 64, "cost": 16384, "blockSize": 8, "parallelization": 1}
    elif user.real:
        custom = {"algorithm": "bcrypt", "hash": {"value": user.bcrypt(version="2a")}}
    else:
        custom = {"algorithm": "md5", "hash": {"value": user.bytes(16).hex(), "encoding": "hex"}}
    value["custom_password_hash"] = custom
    return value


def firebase(user):
    value = {"localId": bare(user.bytes(21)).replace("+", "x").replace("/", "y"), "emailVerified": user.verified,
             "displayName": user.name, "createdAt": str(user.created), "lastSignedInAt": str(user.created),
             "disabled": user.blocked, "providerUserInfo": []}
    if user.email:
        value["email"] = user.email
    if user.social:
        value["providerUserInfo"].append({"providerId": "google.com", "rawId": str(user.n), "email": user.email})
    else:
        value["salt"], value["passwordHash"] = user.firebase()
    if user.roles:
        value["customAttributes"] = json.dumps({"roles": user.roles})
    return value


def firebase_csv(user):
    value, row = firebase(user), [""] * 28
    for at, name in ((0, "localId"), (1, "email"), (3, "passwordHash"), (4, "salt"), (5, "displayName"),
                     (23, "createdAt"), (24, "lastSignedInAt")):
        row[at] = value.get(name, "")
    row[2], row[26] = str(value["emailVerified"]).lower(), str(value["disabled"]).lower()
    if user.social:
        row[7] = str(user.n)
    if "customAttributes" in value:
        row[27] = '"' + value["customAttributes"].replace('"', '""') + '"'
    return ",".join(row) + ","


def keycloak(user):
    """Half of them Argon2, as Keycloak has it since version 25, the others what it had before."""
    first, last = user.name.split(" ", 1)
    kind = user.n // REAL_EVERY % 4 if user.real else (0 if user.n % 2 else 1 + user.n // 2 % 3)
    if kind == 0:
        hashed = user.argon2id(7168, 5)
        about = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": {
            "hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}}
    else:
        name, inside, iterations, length = (
            ("pbkdf2-sha256", "sha256", 27500, 64), ("pbkdf2-sha512", "sha512", 210000, 64),
            ("pbkdf2", "sha1", 20000, 64))[kind - 1]
        hashed = user.pbkdf2(inside, iterations, length)
        about = {"hashIterations": iterations, "algorithm": name, "additionalParameters": {}}
    secret = {"value": b64(hashed), "salt": b64(user.salt), "additionalParameters": {}}
    credentials = [] if user.social else [{
        "id": str(UUID(bytes=user.bytes(16), version=4)), "type": "password", "createdDate": user.created,
        "secretData": json.dumps(secret), "credentialData": json.dumps(about)}]
    if user.factor:
        credentials.append({"type": "otp", "secretData": '{"value":"JBSWY3DPEHPK3PXP"}',
                            "credentialData": '{"subType":"totp","digits":6,"period":30,"algorithm":"HmacSHA1"}'})
    value = {"id": str(user.id), "username": f"name{user.n}", "firstName": first, "lastName": last,
             "emailVerified": user.verified, "enabled": not user.blocked, "createdTimestamp": user.created,
             "totp": user.factor, "attributes": {name: [text] for name, text in user.data.items()},
             "credentials": credentials, "requiredActions": [], "groups": [],
             "realmRoles": ["default-roles-acme", "offline_access"] + user.roles}
    if user.email:
        value["email"] = user.email
    if user.social:
        value["federatedIdentities"] = [{"identityProvider": "google", "userId": str(user.n), "userName": "x"}]
    return value


def supabase(user):
    time = iso(user.created).replace("T", " ").replace("Z", "+00")
    return {"instance_id": "00000000-0000-0000-0000-000000000000", "id": str(user.id), "aud": "authenticated",
            "role": "authenticated", "email": user.email or "",
            "encrypted_password": "" if user.social else user.bcrypt(version="2a"),
            "email_confirmed_at": time if user.verified else "", "created_at": time,
            "banned_until": "2099-01-01 00:00:00+00" if user.blocked else "",
            "raw_app_meta_data": json.dumps({"provider": "google" if user.social else "email",
                                             "providers": ["google" if user.social else "email"],
                                             **({"roles": user.roles} if user.roles else {})}),
            "raw_user_meta_data": json.dumps({"full_name": user.name, **user.data, "sub": str(user.id)}),
            "is_sso_user": "f", "deleted_at": "", "is_anonymous": "f"}


def own(user):
    """Jotgate's own CSV, with what Django and passlib write beside PHC strings."""
    kind = user.n // REAL_EVERY % 4 if user.real else user.n % 4
    if kind == 0:
        hashed = "$scrypt$ln=14,r=8,p=1$" + bare(user.salt) + "$" + bare(user.scrypt(14))
    elif kind == 1:
        salt = bare(user.salt)[:20]
        user.salt = salt.encode()
        hashed = f"pbkdf2_sha256$600000${salt}${b64(user.pbkdf2('sha256', 600000, 32))}"
    elif kind == 2:
        hashed = f"$pbkdf2-sha256$29000${bare(user.salt).replace('+', '.')}$" \
            + bare(user.pbkdf2("sha256", 29000, 32)).replace("+", ".")
    else:
        hashed = user.bcrypt(cost=12, version="2y")
    return {"email": user.email or "", "email_verified": str(user.verified).lower(), "username": f"name{user.n}",
            "name": user.name, "password_hash": "" if user.social else hashed, "roles": " ".join(user.roles),
            "created_at": iso(user.created), "data": json.dumps(user.data), "disabled": str(user.blocked).lower()}


def rows(out, users, make):
    writer = None
    for user in users:
        value = make(user)
        if writer is None:
            writer = csv.DictWriter(out, list(value), lineterminator="\n")
            writer.writeheader()
        writer.writerow(value)


def array(out, users, make, before, after):
    out.write(before)
    for n, user in enumerate(users):
        out.write((",\n" if n else "\n") + json.dumps(make(user), indent=2))
    out.write("\n" + after)


def lines(out, users, make):
    for user in users:
        made = make(user)
        out.write((made if isinstance(made, str) else json.dumps(made)) + "\n")


KINDS = {
    "auth0": ("ndjson", functools.partial(lines, make=auth0)),
    "auth0-array": ("json", functools.partial(array, make=auth0_array, before="[", after="]\n")),
    "firebase": ("json", functools.partial(array, make=firebase, before='{"users": [', after="]}\n")),
    "firebase-csv": ("csv", functools.partial(lines, make=firebase_csv)),
    "keycloak": ("json", functools.partial(array, make=keycloak, before='{"realm": "acme", "enabled": true, "users": [',
                                           after='], "roles": {"realm": []}}\n')),
    "supabase": ("csv", functools.partial(rows, make=supabase)),
    "supabase-json": ("json", functools.partial(array, make=supabase, before="[", after="]\n")),
    "csv": ("csv", functools.partial(rows, make=own)),
}

HASH_CONFIG = f"""hash_config {{
  algorithm: SCRYPT,
  base64_signer_key: {b64(SIGNER_KEY)},
  base64_salt_separator: {b64(SEPARATOR)},
  rounds: 8,
  mem_cost: 14,
}}
"""

FIRST = "Ada Bob Carol Dora Erin Fay Gil Hal Ivy Joe Kim Lea Max Noor Olu Pia Quy Ras Sue Tom".split()
LAST = "Lovelace Hopper Turing Noether Curie Gödel Hamilton Sørensen Ibáñez Kowalska".split()


def write(kind, count, out):
    KINDS[kind][1](out, (User(n) for n in range(count)))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as stdout:
        write(sys.argv[1], int(sys.argv[2]), stdout)
