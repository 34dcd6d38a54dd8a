#!/usr/bin/env python3
"""Writes keys.json: RSA keys that must be refused, and two that must not, always the same ones.

    python3 make.py > keys.json

Private keys hold every number of RFC 7518, consistent with each other, so that only the weakness can be the reason.
"""
import base64, json, random
from math import gcd, isqrt

rng = random.Random("jotgate weak rsa")
E = 65537
SIEVE = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, isqrt(n) + 1, 2))]


def is_prime(n):
    if n % 2 == 0 or any(n % p == 0 for p in SIEVE):
        return n in SIEVE
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def next_prime(n):
    n |= 1
    while not (is_prime(n) and gcd(n - 1, E) == 1):
        n += 2
    return n


def prime(bits):
    # The two highest bits, so that a product of two has all its bits.
    return next_prime(rng.getrandbits(bits) | 3 << (bits - 2))


def number(n):
    return base64.urlsafe_b64encode(n.to_bytes((n.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def public(n):
    return {"kty": "RSA", "alg": "RS256", "n": number(n), "e": number(E)}


def private(p, q):
    d = pow(E, -1, (p - 1) * (q - 1))
    more = {"d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}
    return public(p * q) | {name: number(value) for name, value in more.items()}


def roca_prime():
    """The shape of Nemec et al.: k * M + (65537^a mod M), M the product of the first 126 primes."""
    m = 2
    for p in SIEVE[:125]:
        m *= p
    while True:
        k = rng.getrandbits(1024 - m.bit_length()) | 3 << (1022 - m.bit_length())
        p = k * m + pow(E, rng.getrandbits(900), m)
        if p.bit_length() == 1024 and is_prime(p) and gcd(p - 1, E) == 1:
            return p


p, q = prime(1024), prime(1024)
fourth_root = isqrt(isqrt(p * p))


def rough(bits):
    """Odd, of this size, without a factor below 2^16; as good as a product of two primes to whoever sees n alone."""
    small = [n for n in range(3, 1 << 16, 2) if all(n % d for d in range(3, isqrt(n) + 1, 2))]
    product = 1
    for s in small:
        product *= s
    while True:
        n = rng.getrandbits(bits) | 1 << (bits - 1) | 1
        if gcd(n, product) == 1:
            return n


keys = {
    "sound": private(p, q),
    "sound-8192": public(rough(8192)),
    "factor-3": public(3 * prime(2047)),
    "factor-251": public(251 * prime(2041)),
    "factor-65521": public(65521 * prime(2032)),
    "factors-17-and-257": public(17 * 257 * prime(2036)),
    "equal-primes": public(p * p),
    "next-prime": public(p * next_prime(p + 2)),
    "close-primes": public(p * next_prime(p + 20 * fourth_root)),
    "close-primes-private": private(next_prime(p + (1 << 900)), p),
    "short-prime-private": private(prime(1600), prime(450)),
    "roca": public(roca_prime() * roca_prime()),
    "roca-private": private(roca_prime(), roca_prime()),
}
print(json.dumps(keys, indent=1))
