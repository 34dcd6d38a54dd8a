// What all the browser tests share: a real Jotgate, a real Chromium, and a person who fills in forms by their labels.
// Not here: what is expected of the pages.
import { createHmac } from "node:crypto";
import { chromium } from "playwright-core";
export { startJotgate } from "../examples/express/test-servers.mjs";

/** Debian's; another one by JOTGATE_CHROMIUM. Quiet, because a browser that phones home slows a machine without network. */
export const launchChromium = (options = {}) =>
  chromium.launch({
    executablePath: process.env.JOTGATE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(options.args ?? []),
    ],
  });

export const ADA = { email: "ada@example.com", name: "Ada Lovelace", password: "difference engine 1822" };

/** The newest mail to this address, as the inbox page of a loopback server tells it. */
export async function newestMail(jotgate, to) {
  const reply = await fetch(`${jotgate.url}/inbox`, { headers: { Accept: "application/json" } });
  if (!reply.ok) throw new Error(`the inbox answered ${reply.status}`);
  const mails = await reply.json();
  const mail = (mails.mails ?? mails).find((one) => one.to === to);
  if (!mail) throw new Error(`no mail to ${to} in the inbox`);
  return mail;
}

/** The link of ours in a mail, and the code to type. */
export const linkIn = (jotgate, mail) => mail.text.match(new RegExp(`${jotgate.url}/\\S+`))?.[0];
export const codeIn = (mail) => mail.text.match(/\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/)?.[0];

/** The code of an authenticator app (RFC 6238) for a secret in base32, `steps` half-minutes from now. */
export function totp(secret, steps = 0) {
  const bits = [...secret.replace(/=+$/, "")].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
