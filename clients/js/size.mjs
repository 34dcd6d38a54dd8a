// What a page has to load: the core and each adapter, bundled and minified by esbuild, then gzip -9. Fails above the limits.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMITS = { "index.js": 4096, "passkey.js": 2048, "react.js": 1024, "vue.js": 1024, "axios.js": 1024 };

export async function sizeOf(entry, options = {}) {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", target: "es2022", write: false, logLevel: "error", external: ["react", "vue"], ...options });
  const code = outputFiles[0].contents;
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

if (process.argv[1] === import.meta.filename) {
  let over = false;
  for (const [file, limit] of Object.entries(LIMITS)) {
    const { minified, gzip } = await sizeOf(`${import.meta.dirname}/dist/${file}`);
    over ||= gzip > limit;
    console.log(`${file.padEnd(11)} ${String(minified).padStart(6)} minified ${String(gzip).padStart(5)} gzip, at most ${limit}${gzip > limit ? "  TOO LARGE" : ""}`);
  }
  process.exitCode = over ? 1 : 0;
}
