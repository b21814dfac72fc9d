// Bundles the page into a folder, or the tests with `--tests`: node build.mjs [--tests] FOLDER.
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const tests = process.argv.includes("--tests");
const out = resolve(process.argv[process.argv.length - 1]);
const common = { absWorkingDir: here, bundle: true, target: "es2020", charset: "utf8", logLevel: "warning" };

if (tests) {
  await rm(out, { recursive: true, force: true });
  const names = (await readdir(join(here, "tests"))).filter((name) => name.endsWith(".test.ts"));
  const entryPoints = names.map((name) => `tests/${name}`);
  await build({
    ...common,
    entryPoints,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
  });
} else {
  await mkdir(out, { recursive: true });
  // Names stay, so that what a browser runs can be read; only spaces go.
  const options = {
    format: "iife",
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
  };
  await build({ ...common, ...options, entryPoints: ["src/main.ts"], outfile: join(out, "explorer.js") });
  await build({ ...common, entryPoints: ["src/explorer.css"], outfile: join(out, "explorer.css") });
  await cp(join(here, "src", "index.html"), join(out, "index.html"));
}
