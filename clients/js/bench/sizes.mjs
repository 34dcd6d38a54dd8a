// How large the clients of others are, bundled by the same esbuild command as ours: node bench/sizes.mjs
// Installs them into a scratch folder, which is removed. Each is imported the way its own documentation says, and nothing else.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sizeOf } from "../size.mjs";

// Pinned, so that the figures can be had again. auth0-spa-js 2.28 wants a version that its registry did not have.
const VERSIONS = { "@supabase/auth-js": "2.119.1", "@auth0/auth0-spa-js": "2.27.0", "oidc-client-ts": "3.5.0" };
const OTHERS = {
  "@supabase/auth-js": 'export { AuthClient } from "@supabase/auth-js";',
  "@auth0/auth0-spa-js": 'export { createAuth0Client } from "@auth0/auth0-spa-js";',
  "oidc-client-ts": 'export { UserManager } from "oidc-client-ts";',
};

const folder = mkdtempSync(join(tmpdir(), "jotgate-sizes-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "package.json"), '{ "private": true }');
const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", ...Object.keys(OTHERS).map((name) => `${name}@${VERSIONS[name]}`)], { cwd: folder, stdio: "inherit" });
if (status !== 0) throw new Error("npm install failed");

const version = (path) => JSON.parse(readFileSync(join(path, "package.json"), "utf8")).version;
const rows = [["@jotgate/client", version(join(import.meta.dirname, "..")), await sizeOf(join(import.meta.dirname, "../dist/index.js"))]];
for (const [name, code] of Object.entries(OTHERS)) {
  const entry = join(folder, `${name.replace("/", "-")}.js`);
  writeFileSync(entry, code);
  rows.push([name, version(join(folder, "node_modules", name)), await sizeOf(entry)]);
}
console.log(`${new Date().toISOString().slice(0, 10)}, esbuild ${version(join(import.meta.dirname, "../node_modules/esbuild"))}: esbuild --bundle --minify --format=esm --target=es2022, then gzip -9`);
console.log("| client | version | minified | gzip |\n|---|---|---|---|");
for (const [name, version, { minified, gzip }] of rows) console.log(`| ${name} | ${version} | ${minified.toLocaleString("en")} | ${gzip.toLocaleString("en")} |`);
