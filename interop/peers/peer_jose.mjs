// jose (npm), driven by exchange.py.
import {
  SignJWT, exportJWK, exportPKCS8, exportSPKI, generateKeyPair, generateSecret, importJWK, importPKCS8, importSPKI, jwtVerify,
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

serve({ make, sign, verify });
