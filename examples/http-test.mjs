// Sends every request of jotgate.http, in order, to a real Jotgate: JOTGATE_BIN=/path/to/jotgate node --test http-test.mjs
// Knows of the format what the file uses: @variables, `# @name`, and {{name.response.body.$.field}}.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PATIENCE_MS, startJotgate } from "./express/test-servers.mjs";

const [head, ...sections] = readFileSync(new URL("jotgate.http", import.meta.url), "utf8").split(/^### /m);
const variables = Object.fromEntries([...head.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name, value]) => [name, value]));

let jotgate;
before(async () => {
  jotgate = await startJotgate("");
  variables.host = jotgate.url;
});
after(() => jotgate?.stop());

for (const section of sections) {
  const [title] = section.split("\n", 1);
  test(title, async () => {
    const [, expectedStatus = "200", reason] = /: (\d{3})(?:, reason ([\w.]+))?/.exec(title) ?? [];
    const reply = await send(section.slice(title.length));
    assert.equal(reply.status, Number(expectedStatus), JSON.stringify(reply.body));
    if (reason) assert.equal(reply.body.reason, reason);
  });
}

async function send(section) {
  const [start, body] = filledIn(section.trim()).split("\n\n", 2);
  const lines = start.split("\n");
  const name = lines[0].startsWith("# @name ") ? lines.shift().slice("# @name ".length) : undefined;
  const [method, url] = lines.shift().split(" ");
  const headers = Object.fromEntries(lines.map((line) => line.split(": ", 2)));
  const reply = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await reply.text();
  const answer = { status: reply.status, body: text && JSON.parse(text) };
  if (name) variables[name] = answer.body;
  return answer;
}

function filledIn(text) {
  return text.replace(/\{\{(\w+)(?:\.response\.body\.\$\.(\w+))?\}\}/g, (placeholder, name, field) => {
    const value = field ? variables[name]?.[field] : variables[name];
    assert.ok(value, `nothing for ${placeholder}`);
    return value;
  });
}
