// A Node peer as a process: one JSON request a line in, one JSON answer a line out.
import { createInterface } from "node:readline";

export async function serve(operations) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { op, ...request } = JSON.parse(line);
    let answer;
    try {
      answer = { ok: true, value: await operations[op](request) };
    } catch (error) {
      answer = { ok: false, error: `${error.name}: ${error.message}` };
    }
    console.log(JSON.stringify(answer));
  }
}
