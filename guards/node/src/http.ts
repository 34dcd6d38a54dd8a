// The guard's own requests: one address, no redirect, bounded in bytes and time. Node's `http` and not `fetch`, because
// an event stream must not keep a process alive that has nothing else to do.
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { createGunzip } from "node:zlib";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Call {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The longest body taken, after decompression. */
  readonly maxBytes: number;
  /** For the whole body; the head has its own limit. */
  readonly bodyMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends a request and reads its answer to the end. Whatever goes wrong is an `Error` whose text names no secret. */
export async function call(url: URL, { maxBytes, bodyMs = BODY_MS, ...options }: Call): Promise<Answer> {
  const response = await open(url, { ...options, headers: { "Accept-Encoding": "gzip", ...options.headers } });
  const timer = setTimeout(() => response.destroy(new Error(`no whole answer in ${bodyMs} ms`)), bodyMs);
  try {
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response, maxBytes) };
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

/** Sends a request and answers as soon as the head is there. A redirect is an answer like any other and not followed. */
export function open(url: URL, { method = "GET", headers = {}, body, signal }: Omit<Call, "maxBytes" | "bodyMs">): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = { method, headers: { "User-Agent": "jotgate-guard", ...headers }, agent: false };
    if (signal) options.signal = signal;
    const sent = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options);
    const timer = setTimeout(() => sent.destroy(new Error(`no answer in ${HEAD_MS} ms`)), HEAD_MS);
    sent.on("close", () => clearTimeout(timer));
    sent.on("error", (cause) => reject(new Error(`${url.origin}${url.pathname}: ${cause.message || cause.name}`, { cause })));
    sent.on("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    sent.end(body);
  });
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const isZipped = response.headers["content-encoding"] === "gzip";
  // Counted after decompression, because a small answer can become a large one.
  const source = isZipped ? response.pipe(createGunzip()) : response;
  if (isZipped) response.on("error", (error) => source.destroy(error));
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

const HEAD_MS = 5_000;
const BODY_MS = 10_000;
