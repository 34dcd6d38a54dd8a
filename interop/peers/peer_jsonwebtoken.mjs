// jsonwebtoken (npm), driven by exchange.py.
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { serve } from "./serve.mjs";

const curves = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
const secretBytes = { HS256: 32, HS384: 48, HS512: 64 };

function make({ alg }) {
  if (alg.startsWith("HS")) {
    const jwk = createSecretKey(randomBytes(secretBytes[alg])).export({ format: "jwk" });
    return { private: { jwk, text: jwk.k }, public: { jwk, text: jwk.k } };
  }
  const { privateKey } = alg in curves
    ? generateKeyPairSync("ec", { namedCurve: curves[alg] })
    : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return forms(privateKey);
}

/** A private key and its public half in every form their kind has. */
function forms(key) {
  const open = createPublicKey(key);
  const pem = (from, type) => from.export({ type, format: "pem" });
  const known = {
    private: { jwk: key.export({ format: "jwk" }), pkcs8: pem(key, "pkcs8") },
    public: { jwk: open.export({ format: "jwk" }), spki: pem(open, "spki") },
  };
  if (key.asymmetricKeyType === "rsa") {
    known.private.pkcs1 = pem(key, "pkcs1");
    known.public.pkcs1 = pem(open, "pkcs1");
  }
  if (key.asymmetricKeyType === "ec") known.private.sec1 = pem(key, "sec1");
  return known;
}

function load(key) {
  if (typeof key === "string") return key;
  if (key.kty === "oct") return createSecretKey(Buffer.from(key.k, "base64url"));
  return key.d ? createPrivateKey({ key, format: "jwk" }) : createPublicKey({ key, format: "jwk" });
}

const sign = ({ alg, key, claims }) => jsonwebtoken.sign(claims, load(key), { algorithm: alg });

const verify = ({ alg, key, token, issuer, audience }) =>
  jsonwebtoken.verify(token, load(key), { algorithms: [alg], issuer, audience });

serve({ make, sign, verify });
