// A page on another site than Jotgate: to a browser 127.0.0.1 and localhost have nothing to do with each other, as
// app.example.com and login.example.net have not. `npm start`, then http://127.0.0.1:5174
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const { JOTGATE_URL = "http://localhost:8080", PORT = "5174" } = process.env;
const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

const page = (name) => new URL(`public/${name}`, import.meta.url);
const client = new URL("./", import.meta.resolve("@jotgate/client"));

const server = createServer(async (request, reply) => {
  const { pathname } = new URL(request.url, "http://page");
  const name = pathname.slice(pathname.lastIndexOf("/") + 1) || "index.html";
  const file = pathname.startsWith("/client/") ? new URL(name, client) : page(name);
  try {
    if (pathname === "/settings.js") {
      return void reply.writeHead(200, { "Content-Type": KINDS[".js"] }).end(`export const JOTGATE = ${JSON.stringify(JOTGATE_URL)};\n`);
    }
    const content = await readFile(fileURLToPath(file));
    reply.writeHead(200, { "Content-Type": KINDS[extname(name)] ?? "text/plain" }).end(content);
  } catch {
    reply.writeHead(404).end();
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
