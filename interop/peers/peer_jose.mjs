// jose (npm), driven by exchange.py.
import {
  FlattenedSign, GeneralSign, SignJWT, base64url, exportJWK, exportPKCS8, exportSPKI, flattenedVerify, generalVerify,
  generateKeyPair, generateSecret, importJWK, importPKCS8, importSPKI, jwtVerify,
} from "jose";
import { serve } from "./serve.mjs";

async function make({ alg }) {
  if (alg.startsWith("HS")) {
    const jwk = await exportJWK(await generateSecret(alg, { extractable: true }));
    return { private: { jwk, text: jwk.k }, public: { jwk, text: jwk.k } };
  }
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    private: { jwk: await exportJWK(privateKey), pkcs8: await exportPKCS8(privateKey) },
    public: { jwk: await exportJWK(publicKey), spki: await exportSPKI(publicKey) },
  };
}

function load(key, alg) {
  if (typeof key === "object") return importJWK(key, alg);
  if (!key.includes("BEGIN")) return new TextEncoder().encode(key);
  return key.includes("PUBLIC") ? importSPKI(key, alg) : importPKCS8(key, alg);
}

async function sign({ alg, key, claims }) {
  return new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT" }).sign(await load(key, alg));
}

async function verify({ alg, key, token, issuer, audience }) {
  const demands = { algorithms: [alg], issuer, audience, requiredClaims: ["exp"] };
  return (await jwtVerify(token, await load(key, alg), demands)).payload;
}

const text = new TextEncoder();

async function signForm({ form, alg, key, payload }) {
  const bytes = text.encode(payload);
  const secret = await load(key, alg);
  if (form === "general") {
    return new GeneralSign(bytes).addSignature(secret).setProtectedHeader({ alg }).sign();
  }
  const header = form === "unencoded" ? { alg, b64: false, crit: ["b64"] } : { alg };
  const jws = await new FlattenedSign(bytes).setProtectedHeader(header).sign(secret);
  return form === "flattened" ? jws : `${jws.protected}..${jws.signature}`;
}

async function verifyForm({ form, alg, key, jws, payload }) {
  const open = await load(key, alg);
  const options = { algorithms: [alg] };
  if (form === "general") return decoded(await generalVerify(jws, open, options));
  if (form === "flattened") return decoded(await flattenedVerify(jws, open, options));
  const [header, , signature] = jws.split(".");
  const own = form === "unencoded" ? text.encode(payload) : base64url.encode(payload);
  return decoded(await flattenedVerify({ protected: header, payload: own, signature }, open, options));
}

const decoded = ({ payload }) => new TextDecoder().decode(payload);

serve({ make, sign, verify, sign_form: signForm, verify_form: verifyForm });
